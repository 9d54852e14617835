using Dml.Configuration;
using Dml.Tests;

namespace Dml.Generators.Tests;

/// <summary>Lists, objects with keys of the user's, durations, numbers of 32 bits and records with parameters.</summary>
public class CollectionTests
{
    private const string Binder = "Samples.CollectionsBinder";
    private const string Required = "\"rate\": 0.1, \"note\": \"n\"";

    private static readonly Lazy<GeneratedAssembly> Assembly = new(() => TestCompiler.Generate(TestCompiler.Compile(Sources.Collections)).Load());

    [Fact]
    public void The_text_of_the_binder() => Snapshot.Verify(TestCompiler.Generate(TestCompiler.Compile(Sources.Collections)).Text);

    [Fact]
    public void Keys_that_are_not_given_keep_their_defaults() => Assert.Equal(
        """{ "rate": 0.1, "wait": "1m", "note": "n", "depth": 3, "class": "max", "pause": null, "pauses": ["90s", "0.5ms"], "sizes": [1, 2], "poolings": ["mean"], "weights": { "b": 0.5, "a": 0 }, "parts": null, "more": [{ "kind": "x", "weight": 1, "pooling": "max" }], "gaps": [1, null], "texts": null, "matrix": [[1, 0.1], []], "losses": { "of parts": ["triplet", null] } }""",
        Bound($"{{ {Required} }}"));

    [Fact]
    public void Every_type_of_value_is_read() => Assert.Equal(
        """{ "rate": 0, "wait": "90s", "note": "", "depth": -1, "class": "mean", "pause": "250ms", "pauses": [], "sizes": [64], "poolings": [], "weights": {}, "parts": { "a b": { "kind": "k", "weight": 2, "pooling": null } }, "more": [], "gaps": [null], "texts": ["t", null], "matrix": [[3.4028235E+38]], "losses": { "x": [{ "name": "triplet", "margin": 1 }] } }""",
        Bound("""{ "rate": 0, "wait": "1.5m", "note": "", "depth": -1, "class": "mean", "pause": "0.25s", "pauses": [], "sizes": [64], "poolings": [], "weights": {}, "parts": { "a b": { "kind": "k", "weight": 2 } }, "more": [], "gaps": [null], "texts": ["t", null], "matrix": [[340282346638528859811704183484516925440]], "losses": { "x": [{ "name": "triplet", "margin": 1 }] } }"""));

    [Theory]
    [InlineData("", "rate: expected a number from 0 to 1, found nothing; this option must be given",
        "note: expected a text, found nothing; this option must be given")]
    [InlineData(Required + ", \"wait\": 90",
        "wait: expected a duration from 0s to 3600s, such as \"250ms\", \"90s\", \"5m\", \"1.5h\" or \"2d\", found the number 90")]
    [InlineData(Required + ", \"wait\": \"2h\"",
        "wait: expected a duration from 0s to 3600s, such as \"250ms\", \"90s\", \"5m\", \"1.5h\" or \"2d\", found the text \"2h\"")]
    [InlineData(Required + ", \"pauses\": [\"00:05:00\", \"5 m\", \"5\", \"m\", \"1e3s\", \"1,000s\", \"99999999d\"]",
        "pauses[0]: *", "pauses[1]: *", "pauses[2]: *", "pauses[3]: *", "pauses[4]: *", "pauses[5]: *", "pauses[6]: *")]
    [InlineData("\"note\": \"n\", \"rate\": 1.0000001", "rate: expected a number from 0 to 1, found the number 1.0000001")]
    [InlineData(Required + ", \"matrix\": [[1], [1e39]]",
        "matrix[1][0]: expected a number of 32 bits, at most 3.4E+38 in size, found the number 1e39")]
    [InlineData(Required + ", \"sizes\": [0, 65]", "sizes[0]: expected a whole number from 1 to 64, found the number 0",
        "sizes[1]: expected a whole number from 1 to 64, found the number 65")]
    [InlineData(Required + ", \"weights\": [0]", "weights: expected an object with a value for each key, found a list")]
    [InlineData(Required + ", \"weights\": { \"a\": 2, \"b\": \"x\" }", "weights.a: expected a number from 0 to 1, found the number 2",
        "weights.b: expected a number from 0 to 1, found the text \"x\"")]
    [InlineData(Required + ", \"parts\": { \"a\": { \"kin\": \"k\" } }", "parts.a.kin: unknown key \"kin\"; did you mean \"kind\"?",
        "parts.a.kind: expected a text, found nothing; this option must be given")]
    [InlineData(Required + ", \"losses\": { \"a\": [1] }",
        "losses.a[0]: expected one loss plugin as { \"name\": \"...\", options } or its name alone, found the number 1")]
    public void Problems_say_where_and_what_was_expected(string members, params string[] expected)
    {
        var problems = new ConfigProblems();
        Assert.Null(Assembly.Value.Bind(Binder, JsonNodes.Parse($"{{ {members} }}"), problems));
        Assert.Equal(expected.Length, problems.Items.Count);
        Assert.All(expected.Zip(problems.Items), x =>
        {
            var found = $"{x.Second.Path}: {x.Second.Message}";
            if (x.First.EndsWith('*')) Assert.StartsWith(x.First[..^1], found, StringComparison.Ordinal);
            else Assert.Equal(x.First, found);
        });
    }

    [Fact]
    public void A_key_that_stands_twice_is_told()
    {
        var (problems, source) = (new ConfigProblems(), new ConfigSource("test.json", 1));
        var one = ConfigNode.Scalar(ConfigKind.Number, "1", "weights.a", source);
        Assert.False(ConfigValue.Map(ConfigValue.Double())(ConfigNode.Object([new("a", one), new("a", one)], "weights", source), problems, out _));
        Assert.Equal("test.json:1: weights.a: expected the key once, found it again; remove one of the two", Assert.Single(problems.Items).ToString());
    }

    [Fact]
    public void The_schema_says_what_each_holds()
    {
        var options = Assembly.Value.Schema(Binder).Options.ToDictionary(o => o.Key);
        Assert.Equal(
            ["number", "duration", "text", "integer", "choice", "duration?", "duration[]", "integer[]", "choice[]", "number{}", "record{}?", "record[]",
                "integer?[]", "text?[]?", "number[][]", "plugin?[]{}"],
            options.Values.Select(o => o.Type));
        Assert.Equal((null, "The rate.", 0, 1), (options["rate"].Default, options["rate"].Summary, options["rate"].Minimum, options["rate"].Maximum));
        Assert.Equal(("3", "The depth."), (options["depth"].Default, options["depth"].Summary));
        Assert.Equal(("\"1m\"", "The time.", 3600), (options["wait"].Default, options["wait"].Summary, options["wait"].Maximum));
        Assert.Equal(["kind", "weight", "pooling"], options["parts"].Nested!.Options.Select(o => o.Key));
        Assert.Equal(("1", 10), (options["parts"].Nested!.Options[1].Default, options["parts"].Nested!.Options[1].Maximum));
        Assert.Equal(PluginKind.Loss, options["losses"].Plugin);
        Assert.Equal(["mean", "max"], options["poolings"].Choices);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "0.0001ms")]
    [InlineData(-12345, "-1.2345ms")]
    [InlineData(2_500_000, "250ms")]
    [InlineData(15_000_000, "1500ms")]
    [InlineData(900_000_000, "90s")]
    [InlineData(36_000_000_000, "1h")]
    [InlineData(54_000_000_000, "90m")]
    [InlineData(-1_728_000_000_000, "-2d")]
    [InlineData(long.MaxValue, "922337203685477.5807ms")]
    [InlineData(long.MinValue, "-922337203685477.5808ms")]
    public void A_duration_is_written_in_the_longest_unit_that_it_is_whole_in(long ticks, string text)
    {
        Assert.Equal(text, DurationText.Of(new TimeSpan(ticks)));
        Assert.True(DurationText.TryParse(text, out var read));
        Assert.Equal(ticks, read.Ticks);
    }

    [Theory]
    [InlineData("1.5h", 54_000_000_000)]
    [InlineData("0.00005ms", 0)]
    [InlineData("0.00006ms", 1)]
    [InlineData("10675199.116730064d", 9223372036854775296)]
    public void A_duration_is_rounded_to_a_tick(string text, long ticks)
    {
        Assert.True(DurationText.TryParse(text, out var read));
        Assert.Equal(ticks, read.Ticks, 1000L);
    }

    private static string Bound(string json)
    {
        var problems = new ConfigProblems();
        var options = Assembly.Value.Bind(Binder, JsonNodes.Parse(json), problems);
        Assert.Empty(problems.Items);
        return Assembly.Value.ToJson(Binder, options);
    }
}
