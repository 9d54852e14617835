using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Losses;
using Dml.Tests.Training;

namespace Dml.Tests.Testing;

/// <summary>The plugins that the guides show stand in Guides/ word for word, and keep their contracts.</summary>
[Collection(AloneCollection.Name)]
public sealed partial class GuideTests
{
    public static TheoryData<string, string> Files() => new()
    {
        { "losses.md", "NearCentreLoss.cs" },
        { "losses.md", "PullOptions.cs" },
        { "losses.md", "PullLoss.cs" },
        { "losses.md", "LiArcFaceOptions.cs" },
        { "losses.md", "LiArcFaceLoss.cs" },
        { "losses.md", "AllPairsLoss.cs" },
        { "plugins.md", "TableOptions.cs" },
        { "plugins.md", "HalfOptions.cs" },
        { "plugins.md", "HalfLoss.cs" },
        { "training.md", "PolynomialOptions.cs" },
        { "training.md", "PolynomialSchedule.cs" },
        { "training.md", "PowerSamplerOptions.cs" },
        { "training.md", "PowerSampler.cs" },
        { "losses.md", "NearOptions.cs" },
        { "losses.md", "NearMiner.cs" },
        { "backbones.md", "TinyBackbone.cs" },
        { "estimators.md", "FarScorer.cs" },
        { "estimators.md", "GradientProductEstimator.cs" },
        { "estimators.md", "FisherEstimator.cs" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_guide_shows_the_code_that_is_tested(string guide, string file) =>
        Assert.Contains($"```csharp\n{Read($"Guides/{file}")}```", Read($"../../../docs/{guide}"), StringComparison.Ordinal);

    [Fact]
    public void Every_file_of_the_guides_is_shown() =>
        Assert.Equal(Directory.GetFiles(Folder() + "/Guides").Select(Path.GetFileName).Order(), Files().Select(row => row.Data.Item2).Order());

    [Fact]
    public void The_schedule_keeps_the_contract_and_is_the_power_that_it_says()
    {
        ScheduleConformance.Check(() => new PolynomialSchedule(new()));
        var schedule = new PolynomialSchedule(new() { Power = 2 });
        Assert.Equal([1, 0.5625, 0.25, 0.0625], Enumerable.Range(0, 4).Select(epoch => schedule.Factor(new(epoch, 4))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void The_sampler_keeps_the_contract_and_draws_classes_by_the_power_that_it_says(double power)
    {
        SamplerConformance.Check(context => new PowerSampler(new() { Power = power }, context));

        // One class a batch, of 1, 4 and 16 samples: its chance is its weight over all weights.
        int[] labels = [.. Enumerable.Range(0, 21).Select(i => i < 1 ? 0 : i < 5 ? 1 : 2)];
        var sampler = new PowerSampler(new() { Power = power }, new(labels, new(1, 1), 3));
        const int Epochs = 2000;
        double[] weights = [.. new[] { 1, 4, 16 }.Select(size => Math.Pow(size, power))];
        var drawn = Enumerable.Range(0, Epochs).SelectMany(sampler.Epoch).CountBy(batch => labels[batch[0]]).ToDictionary();
        var all = Epochs * sampler.BatchesPerEpoch;
        Assert.Equal(all, drawn.Values.Sum());
        foreach (var (label, weight) in weights.Index())
        {
            var chance = weight / weights.Sum();
            Assert.Equal(chance, drawn[label] / (double)all, 5 * Math.Sqrt(chance * (1 - chance) / all));
        }
    }

    [Fact]
    public void The_scorer_keeps_the_contract() => ScorerConformance.Check(() => new FarScorer());

    [Fact]
    public void The_miner_keeps_the_contract() => MinerConformance.Check(() => new NearMiner(new()));

    [Fact]
    public void The_loss_of_ten_lines_keeps_the_contract() => LossConformance.Check(shape => new NearCentreLoss(shape));

    [Fact]
    public void The_proxy_loss_keeps_the_contract() => LossConformance.Check(shape => new PullLoss(new(), shape));

    [Fact]
    public void The_loss_of_pairs_keeps_the_contract() => LossConformance.Check(_ => new AllPairsLoss());

    [Theory]
    [InlineData(64, 0.5)]
    [InlineData(4, 0)]
    public void The_softmax_over_proxies_keeps_the_contract(double scale, double margin) =>
        LossConformance.Check(shape => new LiArcFaceLoss(new() { Scale = scale, Margin = margin }, shape));

    [Fact]
    public void The_loss_that_chooses_another_keeps_the_contract() =>
        LossConformance.Check(shape => new HalfLoss(new(), ChosenLosses.Factory(shape)));

    [Fact]
    public void The_backbone_keeps_the_contract() => BackboneConformance.Check(new TinyBackbone(new()), imageSize: 32);

    [Fact]
    public void The_estimator_keeps_the_contract() => EstimatorConformance.Check(() => new GradientProductEstimator());

    [Fact]
    public void The_estimator_with_an_operator_of_its_own_keeps_the_contract() => EstimatorConformance.Check(() => new FisherEstimator());

    [Fact]
    public void Every_page_that_a_suite_names_has_the_heading()
    {
        var named = Directory.GetFiles(Path.GetFullPath("../../../sdk/Dml.Testing", Folder()), "*.cs")
            .SelectMany(file => PageName().Matches(File.ReadAllText(file)).Select(m => (Page: m.Groups[1].Value, Heading: m.Groups[2].Value)))
            .Distinct().ToList();
        Assert.True(named.Count >= 7, $"found {named.Count} pages");
        Assert.All(named, page => Assert.Contains(page.Heading, Headings($"../../../docs/{page.Page}")));
    }

    /// <summary>The headings of a page as links call them.</summary>
    private static IEnumerable<string> Headings(string page) => Read(page).Split('\n').Where(line => line.StartsWith('#'))
        .Select(line => string.Concat(line.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-')).Replace(' ', '-'));

    [GeneratedRegex("\"docs/([a-z]+\\.md)#([a-z-]+)\"")]
    private static partial Regex PageName();

    private static string Read(string name) => File.ReadAllText(Path.GetFullPath(name, Folder())).ReplaceLineEndings("\n");

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
