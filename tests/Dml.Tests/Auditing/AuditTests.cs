using Dml.Engine;
using Dml.Engine.Auditing;
using Dml.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Auditing;

/// <summary>Audits of drawn classes with planted faults, and of the same without any.</summary>
public sealed class AuditTests
{
    private const int Size = 4;
    private const int PerClass = 12;

    [Fact]
    public void Sound_classes_have_no_findings()
    {
        using var audited = new Drawn();
        var result = audited.Audit();
        Assert.Equal(AuditCheck.All.Select(c => c.Name), result.Sections.Select(s => s.Check));
        Assert.DoesNotContain(result.Findings, f => f.Kind is not "blamed-image");
        Assert.All(result.Sections, s => Assert.EndsWith(".", s.Summary, StringComparison.Ordinal));
    }

    [Fact]
    public void A_wrong_label_is_found_with_its_own_class_and_the_neighbours_that_have_it()
    {
        using var audited = new Drawn((_, labels) => labels[3] = 2);
        var found = Assert.Single(audited.Audit("audit.checks=[\"labels\"]").Findings);
        Assert.Equal(("wrong-label", 3, "class 0"), (found.Kind, found.Items[0].Index, found.Suggestion));
        Assert.All(found.Evidence, e => Assert.Equal(0, e.Label));
        Assert.InRange(found.Value, 0.5, 1);
        Assert.InRange(found.Confidence!.Value, 0.5, 1);
        Assert.Contains("consensus", found.Scores.Keys);
    }

    [Fact]
    public void An_outlier_is_found()
    {
        using var audited = new Drawn((rows, _) => rows[5] = [-9, -9, -9, -9]);
        var found = Assert.Single(audited.Audit("audit.checks=[\"outliers\"]").Findings);
        Assert.Equal(("outlier", 5, Split.Training), (found.Kind, found.Items[0].Index, found.Items[0].Split));
    }

    [Fact]
    public void Two_names_of_one_class_are_found()
    {
        using var audited = new Drawn((_, labels) =>
        {
            for (var i = 0; i < PerClass; i++) labels[i] = i % 2 == 0 ? 0 : 3;
        });
        var found = Assert.Single(audited.Audit("audit.checks=[\"pairs\"]").Findings);
        Assert.Equal(["class 0", "class 3"], found.Classes);
    }

    [Fact]
    public void A_lone_class_is_found()
    {
        using var audited = new Drawn((_, labels) => labels[4] = 3);
        var found = Assert.Single(audited.Audit("audit.checks=[\"lone\"]").Findings);
        Assert.Equal(("lone-training-class", 1.0, 4), (found.Kind, found.Value, found.Items[0].Index));
    }

    [Fact]
    public void A_collapse_and_its_ties_are_found()
    {
        using var audited = new Drawn(test: rows =>
        {
            for (var i = 0; i < rows.Length; i++) rows[i] = [1, 1, 1, 1];
        });
        var result = audited.Audit("audit.checks=[\"collapse\",\"ties\"]");
        Assert.Equal("collapsed-embedding", Assert.Single(result.Of("collapse")!.Findings).Kind);
        Assert.Equal(3 * PerClass, result.Of("ties")!.Findings.Count);
        var expected = result.Of("ties")!.Figures.Single(f => f.Name == "expected R@1").Value;
        Assert.Equal((PerClass - 1) / ((3 * PerClass) - 1.0), expected!.Value, 1e-12);
    }

    [Fact]
    public void An_image_that_is_blamed_for_every_error_is_found()
    {
        using var audited = new Drawn(test: rows =>
        {
            for (var i = 0; i < 6; i++) rows[i] = [.. rows[PerClass].Select((x, d) => x + (d == i % Size ? 0.05 * (i + 1) : 0))];
        });
        var section = audited.Audit("audit.checks=[\"blame\"]", "audit.blame.blamed=1").Of("blame")!;
        var errors = audited.Model.Confusions.Pairs();
        using var explained = audited.Model.Explain(errors);
        var counted = errors.Select(e => explained.MostHarmful(e, 1)).Where(c => c.Count > 0).CountBy(c => c[0].Index).ToDictionary();
        Assert.NotEmpty(section.Findings);
        Assert.All(section.Findings, f => Assert.Equal(counted[f.Items[0].Index], (int)f.Value));
        Assert.Equal(errors.Count / (double)audited.Model.TrainingLabels.Count, section.Figures[0].Value!.Value, 1e-12);
    }

    [Fact]
    public void Blame_explains_as_many_errors_as_were_asked_for_spread_over_all_and_says_so()
    {
        using var audited = new Drawn(test: rows =>
        {
            for (var i = 0; i < 6; i++) rows[i] = [.. rows[PerClass].Select((x, d) => x + (d == i % Size ? 0.05 * (i + 1) : 0))];
        });
        var all = audited.Model.Confusions.Count;
        Assert.InRange(all, 3, int.MaxValue);
        Assert.Contains(
            $"more of 2 errors, which stand for all {all}, than chance", audited.Audit("audit.checks=[\"blame\"]", "audit.blame.errors=2").Of("blame")!.Summary,
            StringComparison.Ordinal);
        var whole = audited.Audit("audit.checks=[\"blame\"]", "audit.blame.estimator=tracin").Of("blame")!;
        Assert.Contains($"more of the {all} errors than chance", whole.Summary, StringComparison.Ordinal);
        Assert.EndsWith("harm by tracin.", whole.Summary, StringComparison.Ordinal);
        Assert.Equal(
            [10000, 10000, 596, 1, 1193],
            [
                BlameCheck.UsualCount(5864, 2048), BlameCheck.UsualCount(25_882, 2048), BlameCheck.UsualCount(900_000, 1024),
                BlameCheck.UsualCount(1L << 31, 8), BlameCheck.UsualCount(900_000, 64),
            ]);
        Assert.Equal([0, 3, 6], BlameCheck.Spread(Enumerable.Range(0, 10).ToList(), 3));
        Assert.Equal(
            ["eif", "eif", "tracin", "eif"],
            [
                BlameCheck.Usual(10000, 1400, 70, ["eif", "tracin"]), BlameCheck.Usual(1000, 5864, 100, ["eif", "tracin"]),
                BlameCheck.Usual(1000, 900_000, 10_000, ["eif", "tracin"]), BlameCheck.Usual(1000, 900_000, 10_000, ["eif"]),
            ]);
    }

    [Fact]
    public void A_mistyped_check_or_option_is_refused()
    {
        using var audited = new Drawn();
        Assert.Contains("outliers", Assert.ThrowsAny<DmlException>(() => audited.Audit("audit.checks=[\"outlier\"]")).Message, StringComparison.Ordinal);
        Assert.Contains("audit.outliers", Assert.ThrowsAny<DmlException>(() => audited.Audit("audit.outliers.top=3")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_has_one_row_a_finding()
    {
        using var audited = new Drawn((_, labels) => labels[3] = 2);
        var result = audited.Audit();
        var rows = Dml.Storage.Csv.Parse(AuditFiles.ToCsv(result));
        Assert.Equal(1 + result.Findings.Count, rows.Count);
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
    }

    /// <summary>Three training and three test classes around corners, an identity head and proxies at the corners.</summary>
    private sealed class Drawn : IDisposable
    {
        private readonly DisposeScope _scope = NewDisposeScope();

        public Drawn(Action<double[][], long[]>? training = null, Action<double[][]>? test = null)
        {
            var (train, trainLabels) = Draw(1);
            var (items, testLabels) = Draw(2);
            training?.Invoke(train, trainLabels);
            test?.Invoke(items);
            Model = Model.FromArrays(
                new ModelArrays
                {
                    TrainingFeatures = Tensor(train),
                    TrainingLabels = tensor(trainLabels),
                    TestFeatures = Tensor(items),
                    TestLabels = tensor([.. testLabels.Select(y => y + 10)]),
                    HeadWeight = eye(Size, Size),
                    Proxies = eye(Size, Size),
                },
                "proxy-nca-pp");
        }

        public Model Model { get; }

        public AuditResult Audit(params string[] settings) => Model.Audit(settings);

        public void Dispose()
        {
            Model.Dispose();
            _scope.Dispose();
        }

        private static Tensor Tensor(double[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, Size]).to(float32);

        private static (double[][] Rows, long[] Labels) Draw(long seed)
        {
            var random = new CounterRandom(seed, 9, 0);
            long[] labels = [.. Enumerable.Range(0, 3 * PerClass).Select(i => (long)(i / PerClass))];
            double Normal() => Enumerable.Range(0, 12).Sum(_ => random.NextUnit()) - 6;
            return ([.. labels.Select(y => Enumerable.Range(0, Size).Select(d => (d == y ? 6 : 1) + (0.5 * Normal())).ToArray())], labels);
        }
    }
}
