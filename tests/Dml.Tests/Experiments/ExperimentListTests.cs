using Dml.Configuration;
using Dml.Engine.Experiments;
using Dml.Host.Terminal;

namespace Dml.Tests.Experiments;

/// <summary>The list of experiments, which no other place names, and the options of each.</summary>
public sealed class ExperimentListTests
{
    public static TheoryData<string> Names() => new(Experiment.All.Select(e => e.Name));

    /// <summary>Every option of every experiment with another value than its default.</summary>
    public static TheoryData<string, string, string> OtherValues()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var experiment in Experiment.All)
        {
            foreach (var option in experiment.Schema.Options) data.Add(experiment.Name, option.Key, Other(option));
        }

        return data;
    }

    [Fact]
    public void Experiments_are_found_by_name() => Assert.Equal(
        ["benchmark", "confusion-table", "fix", "generalization", "mislabel", "relabel", "runtime", "samples"], Experiment.All.Select(e => e.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_says_in_a_sentence_what_it_tells_and_what_each_option_means(string name)
    {
        var experiment = Experiment.Find(name);
        Assert.EndsWith(".", experiment.Summary, StringComparison.Ordinal);
        Assert.All(experiment.Schema.Options, o => Assert.NotEqual("", o.Summary));
    }

    [Theory]
    [MemberData(nameof(OtherValues))]
    public void Every_option_is_part_of_what_finished_pieces_depend_on(string name, string option, string value)
    {
        var experiment = Experiment.Find(name);
        string Plan(params string[] settings) => ExperimentSession.Plan(experiment.Bind(settings), [], []);
        Assert.Equal(Plan(), Plan());
        Assert.NotEqual(Plan(), Plan($"experiment.{option}={value}"));
    }

    [Fact]
    public void An_option_that_is_given_its_default_changes_nothing() =>
        Assert.Equal(Experiment.Find("mislabel").Bind([]).OptionsJson, Experiment.Find("mislabel").Bind(["experiment.suspicionGroups=10"]).OptionsJson);

    [Fact]
    public void An_option_of_another_experiment_is_unknown()
    {
        var error = Assert.ThrowsAny<DmlException>(() => Experiment.Find("mislabel").Bind(["experiment.worstClasses=3"]));
        Assert.Contains("experiment.worstClasses: unknown key \"worstClasses\"; valid: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_estimators_are_part_of_it_too()
    {
        var bound = Experiment.Find("samples").Bind([]);
        Assert.NotEqual(ExperimentSession.Plan(bound, [], []), ExperimentSession.Plan(bound, [], ["if.lambda=2"]));
    }

    [Fact]
    public void Describe_shows_the_options_of_an_experiment()
    {
        var text = PluginDescription.Render(Experiment.Find("generalization"));
        Assert.StartsWith("generalization: experiment\nCompares the classes that runs of other seeds and losses fail on.\n", text, StringComparison.Ordinal);
        Assert.Contains("dml experiment generalization RUN... --set experiment.OPTION=VALUE", text, StringComparison.Ordinal);
        Assert.Contains("worstClasses  integer  10", text, StringComparison.Ordinal);
    }

    private static string Other(OptionSchema option) => option.Type switch
    {
        "boolean" => option.Default == "true" ? "false" : "true",
        "choice" => option.Choices.First(c => $"\"{c}\"" != option.Default),
        "text" => "other",
        "text[]" => "[\"other\"]",
        _ => option.Default != "1" ? "1" : option.Minimum is >= 1 ? "2" : "0",
    };
}
