using System.Text.RegularExpressions;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Evaluation;
using Dml.Engine.Sessions;
using Dml.Tests.Support;

namespace Dml.Tests.Evaluation;

public sealed class MetricListTests
{
    [Fact]
    public void Every_metric_is_found_and_says_what_it_is()
    {
        Assert.Superset(new HashSet<string>(["AMI", "MAP@R", "MRR", "NMI", "R-precision"]), MetricList.All.Select(m => m.Name).ToHashSet());
        Assert.Equal(MetricList.All.Select(m => m.Name).Order(StringComparer.Ordinal), MetricList.All.Select(m => m.Name));
        Assert.All(MetricList.All, m => Assert.Matches("^[a-z].*[^.]\\.$", m.Meaning));
        Assert.All(MetricList.All, m => Assert.Same(m, MetricList.Find(m.Name)));
    }

    [Fact]
    public void The_metrics_of_the_guide_are_told_as_the_report_tells_them()
    {
        var rows = Regex.Matches(
            File.ReadAllText(Fixtures.Path("..", "..", "docs", "evaluation.md")), @"^\| `(?<name>[^`]+)` \| (?:query|clustering) \| (?<meaning>[^|]+?) \|",
            RegexOptions.Multiline);
        Assert.Equal(["R-precision", "MRR", "AMI"], rows.Select(row => row.Groups["name"].Value));
        Assert.All(rows,
            row => Assert.StartsWith(MetricList.Find(row.Groups["name"].Value)!.Meaning.TrimEnd('.'), row.Groups["meaning"].Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_choose_each_metric_once()
    {
        Assert.Equal(["MAP@R", "NMI"], Names(new()));
        Assert.Equal(["MAP@R", "NMI", "MRR", "AMI"], Names(new() { Metrics = ["MRR", "NMI", "AMI", "MRR"] }));
        Assert.Equal(["NMI"], Names(new() { MapAtR = false, Nmi = false, Metrics = ["NMI"] }));

        static IEnumerable<string> Names(EvaluationOptions options) => MetricList.Of(options).Select(m => m.Name);
    }

    [Fact]
    public void An_unknown_metric_is_told_with_its_line_beside_all_other_problems()
    {
        var problems = Assert.Throws<ConfigException>(() => Bind(
            """
            { "evaluation": { "nmi": 3,
              "metrics": ["MRR", "r-precison",
                "speed"] } }
            """)).Message.Split(Environment.NewLine);
        Assert.Equal(
            [
                "a.json:1: evaluation.nmi: expected true or false, found the number 3",
                "a.json:2: evaluation.metrics[1]: unknown metric \"r-precison\"; did you mean \"R-precision\"?",
            ],
            problems[..2]);
        Assert.StartsWith("a.json:3: evaluation.metrics[2]: unknown metric \"speed\"; valid: AMI, ", problems[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Editors_complete_the_names()
    {
        var schema = ConfigSchema.Render(new PluginCatalog([], []), HostSections.All);
        Assert.Contains("\"R-precision\"", schema, StringComparison.Ordinal);
    }

    private static EvaluationOptions Bind(string json) =>
        new Composer(new PluginCatalog([], []), HostSections.All).Bind(ConfigFile.Parse(json, "a.json")).Section<EvaluationOptions>(HostSections.Evaluation);
}
