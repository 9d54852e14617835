using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Evaluation;
using Dml.Engine.Runs;

namespace Dml.Engine.Sessions;

/// <summary>The settings of an evaluation as configs have them.</summary>
internal static class EvaluationConfig
{
    /// <summary>The settings of a bound config.</summary>
    public static EvaluationSettings Of(BoundConfig config) =>
        new(config.Section<EvaluationOptions>(HostSections.Evaluation), config.Section<long>(HostSections.Seed));

    /// <summary>The settings of a run, or the defaults for a features file, with values of --set.</summary>
    /// <param name="run">The run, or null.</param>
    /// <param name="overrides">Those for which <see cref="Takes"/> holds.</param>
    /// <exception cref="ConfigException">A value is wrong.</exception>
    public static EvaluationSettings Of(RunFolder? run, IReadOnlyList<string> overrides)
    {
        var root = run is null ? ConfigNode.Object([], "", new("command line", 0)) : ConfigFile.Load(run.Config);
        root = overrides.Aggregate(root, ConfigOverride.Apply);
        var problems = new ConfigProblems();
        var (options, seed) = (Bind(HostSections.Evaluation), Bind(HostSections.Seed));
        problems.ThrowIfAny();
        return new((EvaluationOptions)options!, (long)seed!);

        object? Bind(string key) => HostSections.All.Single(section => section.Key == key).Bind(root[key], root, problems);
    }

    /// <summary>Whether a value of --set is one that an evaluation depends on.</summary>
    public static bool Takes(string setting) => setting.Split('=', '.')[0].Trim() is HostSections.Evaluation or HostSections.Seed;
}
