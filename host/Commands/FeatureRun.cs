using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>Given features as a run, for commands that show one.</summary>
internal static class FeatureRun
{
    /// <summary>Refuses neither and both of a run and features.</summary>
    public static void RequireOne(string? run, string? features)
    {
        if (run is null != features is null) return;
        throw new DmlException($"Expected either a run folder or --features FILE, found {(run is null ? "neither" : "both")}; give one of them.");
    }

    /// <summary>Refuses options that mean something with features alone.</summary>
    public static void RefuseOptions(ParseResult arguments, params IReadOnlyList<Option> options)
    {
        if (options.FirstOrDefault(o => arguments.GetResult(o) is { Implicit: false }) is { } other)
        {
            throw new DmlException($"{other.Name}: expected it with --features only, found it with a run; leave it out.");
        }
    }

    /// <summary>A run of features with the head that they were trained with.</summary>
    public static RunFolder Adopt(
        string features, string loss, string output, bool overwrite, string[] plugins, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken) => Make(features, output, overwrite, plugins, progress, cancellationToken, $"loss={loss}", "head.kind=given");

    /// <summary>A run of features: with the head that is among them, else with one that is fitted on them.</summary>
    public static RunFolder AdoptOrFit(
        string features, string loss, string output, bool overwrite, string[] plugins, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken) =>
        GivenHead.IsIn(features) ? Adopt(features, loss, output, overwrite, plugins, progress, cancellationToken)
            : Make(features, output, overwrite, plugins, progress, cancellationToken, $"loss={loss}");

    private static RunFolder Make(
        string features, string output, bool overwrite, string[] plugins, IProgress<ProgressReport> progress, CancellationToken cancellationToken,
        params IReadOnlyList<string> settings)
    {
        NativeTorch.EnsureLoaded();
        var root = settings.Aggregate(Configuration.ConfigNode.Object([], "", new("command line", 0)), ConfigOverride.Apply);
        using var adopted = FittingRun.OpenFeatures(
            FittingRun.With(root, features, null), Directory.GetCurrentDirectory(), PluginCatalog.Load(plugins), progress, cancellationToken);
        var run = adopted.Execute(output, overwrite);
        TrainCommand.Print(run);
        return run;
    }
}
