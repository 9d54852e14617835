using System.Text.Json;
using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Reporting;
using Dml.Engine.Sessions;

namespace Dml.Engine.Experiments;

/// <summary>
/// An experiment on runs. Each is one file, a class that derives from <see cref="Experiment{T}"/> and its options record; no other place
/// names it.
/// </summary>
/// <param name="name">Name on the command line and of its files.</param>
/// <param name="summary">What it tells, one sentence.</param>
/// <param name="schema">Its options.</param>
internal abstract class Experiment(string name, string summary, OptionsSchema schema)
{
    /// <summary>Path of the options.</summary>
    public const string Section = "experiment";

    /// <summary>All experiments in ordinal order of their names.</summary>
    public static IReadOnlyList<Experiment> All { get; } = OpenList.Of<Experiment>(e => e.Name);

    /// <summary>Name on the command line and of its files.</summary>
    public string Name => name;

    /// <summary>What it tells, one sentence.</summary>
    public string Summary => summary;

    /// <summary>Its options, and no other experiment's.</summary>
    public OptionsSchema Schema => schema;

    /// <summary>Whether its runs may be of different datasets.</summary>
    public virtual bool TakesSeveralDatasets => false;

    /// <summary>The experiment of a name.</summary>
    /// <exception cref="DmlException">There is none.</exception>
    public static Experiment Find(string name)
    {
        if (All.FirstOrDefault(e => e.Name == name) is { } found) return found;
        throw new DmlException($"{Section}: {NearestName.Explain(Section, name, [.. All.Select(e => e.Name)])}");
    }

    /// <summary>The experiment with options.</summary>
    /// <param name="section">The options; what is not given keeps its default.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    /// <returns>Null where something is.</returns>
    public abstract BoundExperiment? Bind(ConfigNode section, ConfigProblems problems);

    /// <summary>The experiment with options that are set one by one, <c>experiment.seed=1</c>.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="DmlException">One is no setting of this experiment.</exception>
    public BoundExperiment Bind(IReadOnlyList<string> settings)
    {
        var root = ConfigNode.Object([], "", new("command line", 0));
        foreach (var setting in settings)
        {
            if (!setting.StartsWith(Section + ".", StringComparison.Ordinal))
            {
                throw new DmlException(
                    ConfigOverride.Option, $"a setting of {Section}, such as {Example}, or of an estimator by its name, such as if.lambda=10", "another",
                    "correct it", setting);
            }

            root = ConfigOverride.Apply(root, setting);
        }

        var problems = new ConfigProblems();
        var bound = Bind(root[Section] ?? ConfigNode.Object([], Section, root.Source), problems);
        problems.ThrowIfAny();
        return bound!;
    }

    private string Example => $"{Section}.{Schema.Options[0].Key}={Schema.Options[0].Default?.Replace(", ", ",", StringComparison.Ordinal)}";
}

/// <summary>An experiment with the options record T.</summary>
/// <param name="name">Name on the command line and of its files: lower case letters and hyphens.</param>
/// <param name="summary">What it tells, one sentence.</param>
/// <param name="schema">The schema that the generated binder knows.</param>
/// <param name="bind">The generated binder.</param>
/// <param name="toJson">Writes all options, by the generated binder.</param>
internal abstract class Experiment<T>(string name, string summary, OptionsSchema schema, Func<ConfigNode, ConfigProblems, T?> bind, Func<T?, string> toJson)
    : Experiment(name, summary, schema) where T : class
{
    /// <inheritdoc/>
    public sealed override BoundExperiment? Bind(ConfigNode section, ConfigProblems problems) => bind(section, problems) is { } options ? With(options) : null;

    /// <summary>The experiment with options.</summary>
    public BoundExperiment With(T options) => new(this, toJson(options), context => Measure(context, options));

    /// <summary>Runs the experiment and gives what it found. Long pieces go through <see cref="ExperimentContext.Units"/>.</summary>
    protected abstract ResultRecord Measure(ExperimentContext context, T options);
}

/// <summary>An experiment with its options, ready to run.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="OptionsJson">All its options, resolved.</param>
/// <param name="Measure">Runs it.</param>
internal sealed record BoundExperiment(Experiment Experiment, string OptionsJson, Func<ExperimentContext, ResultRecord> Measure)
{
    /// <summary>The estimators that take part: the values of its options <c>estimator</c> and <c>estimators</c>, without an option of theirs.</summary>
    public IReadOnlyList<string> Estimators
    {
        get
        {
            using var options = JsonDocument.Parse(OptionsJson);
            return [.. options.RootElement.EnumerateObject().Where(o => o.Name is "estimator" or "estimators")
                .SelectMany(o => o.Value.ValueKind == JsonValueKind.Array ? [.. o.Value.EnumerateArray()] : new[] { o.Value })
                .Select(v => EstimatorVariant.Plugin(v.GetString()!)).Distinct()];
        }
    }
}
