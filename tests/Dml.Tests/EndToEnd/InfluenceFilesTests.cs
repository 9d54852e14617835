using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dml.Engine.Explaining;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>
/// The files of an influence computation are those of the version that wrote tests/fixtures/influence, but for time, processor, origin and last digits.
/// </summary>
[Collection(CommandLineCollection.Name)]
public sealed partial class InfluenceFilesTests
{
    private static readonly string[] Chosen = ["--pair", "0:199", "--pairs", "3", "--groups", "2"];

    public static TheoryData<string, string[]> Cases => new()
    {
        { "eif", ["--loss", "proxy-nca-pp", "--set", "loss.scale=3", "--estimator", "eif", .. Chosen] },
        { "if", ["--loss", "proxy-nca-pp", "--set", "loss.scale=3", "--estimator", "if", .. Chosen] },
        { "if-exact", ["--loss", "proxy-nca-pp", "--set", "loss.scale=3", "--estimator", "if", "--set", "estimator.solver=exact", .. Chosen] },
        { "similarity", ["--loss", "proxy-nca-pp", "--set", "loss.scale=3", "--estimator", "similarity", .. Chosen] },
        { "anchor", ["--loss", "proxy-anchor", "--estimator", "eif", "--groups", "2"] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_computation_writes_the_files_of_before(string name, string[] arguments)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Succeed(["influence", "--features", FeatureTensors.GoldenFile, .. arguments, "--precision", "float64", "--top", "3", "--out", folder.Path]);
        Assert.Equal(WithoutMachine(Fixture(name, "influence.json")), WithoutMachine(File.ReadAllText(folder.File("influence.json"))));
        Assert.Equal(Rounded(Fixture(name, "top.csv")), Rounded(File.ReadAllText(folder.File("top.csv"))));
        if (File.Exists(Fixtures.Path("influence", name, "scores.safetensors")))
        {
            AssertScores(Fixtures.Path("influence", name, "scores.safetensors"), folder.File("scores.safetensors"));
        }
    }

    [Theory]
    [InlineData("eif")]
    [InlineData("if")]
    [InlineData("if-exact")]
    [InlineData("similarity")]
    [InlineData("anchor")]
    public void What_is_read_of_a_summary_is_written_as_the_same_bytes(string name)
    {
        var text = Fixture(name, "influence.json");
        Assert.Equal(text, Written(InfluenceSummary.Parse(text)));
    }

    [Fact]
    public void A_target_that_is_read_is_the_target_that_was_written()
    {
        var summary = InfluenceSummary.Parse(Fixture("if", "influence.json"));
        Assert.All(summary.Targets, target =>
        {
            var again = ExplainedTargetRecord.Of(target.ToExplanation());
            Assert.Equal(target with { Pairs = again.Pairs, Directions = again.Directions }, again);
            Assert.Equal(target.Pairs, again.Pairs);
        });
        Assert.Equal(new TestPair(0, 199), summary.Targets[0].ToExplanation().Confusion.Pairs[0]);
        Assert.StartsWith("199 is not the nearest neighbour of 0", summary.Targets[0].ToExplanation().Confusion.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"kind\": \"pair\"", "\"kind\": \"both\"")]
    [InlineData("          0,\n          199", "          0")]
    [InlineData("          0,\n          199", "          0,\n          \"199\"")]
    [InlineData("\"signed\": true,", "")]
    public void A_damaged_summary_is_refused(string sound, string damaged)
    {
        var text = Fixture("if", "influence.json");
        Assert.Contains(sound, text, StringComparison.Ordinal);
        Assert.Throws<System.Text.Json.JsonException>(() => InfluenceSummary.Parse(text.Replace(sound, damaged, StringComparison.Ordinal)));
    }

    private static string Fixture(string name, string file) => File.ReadAllText(Fixtures.Path("influence", name, file));

    private static string Written(InfluenceSummary summary)
    {
        using var stream = new MemoryStream();
        summary.Write(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>
    /// The text with what depends on the machine, and the hashes that files have since, left out; all else, and the form of the text, is compared as it stands.
    /// </summary>
    private static string WithoutMachine(string text)
    {
        var summary = InfluenceSummary.Parse(text);
        Assert.Equal(text, Written(summary));
        return Rounded(Written(summary with { Origin = null, Cost = new(0, 0, 0), Computation = summary.Computation! with { Threads = 0, Processor = "" } }));
    }

    /// <summary>Another processor, another last digit: eight of the sixteen are compared, and what is rounding alone is 0.</summary>
    private static string Rounded(string text) =>
        Fraction().Replace(text, m => double.Parse(m.Value, CultureInfo.InvariantCulture) is var number && Math.Abs(number) < 1e-12
            ? "0" : number.ToString("E7", CultureInfo.InvariantCulture));

    [GeneratedRegex(@"-?\d+(\.\d+(E[-+]?\d+)?|E[-+]?\d+)")]
    private static partial Regex Fraction();

    private static void AssertScores(string expected, string found)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Header(expected), Header(found));
        var (right, harm) = (SafeTensors.Open(expected).Load("harm"), SafeTensors.Open(found).Load("harm"));
        Assert.InRange(((harm - right).norm() / right.norm()).item<double>(), 0, 1e-8);
    }

    private static string Header(string file)
    {
        var bytes = File.ReadAllBytes(file);
        return Encoding.UTF8.GetString(bytes.AsSpan(8, checked((int)BitConverter.ToInt64(bytes))));
    }
}
