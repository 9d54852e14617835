using Dml.Engine.Models;

namespace Dml.Engine.Runs;

/// <summary>run.json: under what circumstances a run was made.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Device">cpu or cuda.</param>
/// <param name="Threads">libtorch's threads; byte-identity holds for the same number.</param>
/// <param name="Versions">Versions of the host, the SDK, libtorch's binding and the plugins.</param>
/// <param name="Seconds">Wall time of training, caching features and evaluating.</param>
/// <param name="Warnings">What the user should know of the data.</param>
internal sealed record RunFacts(
    long Seed, string Device, int Threads, IReadOnlyDictionary<string, string> Versions, double Seconds, IReadOnlyList<string> Warnings)
{
    /// <summary>Where the model came from, if it was not trained here.</summary>
    public ImportRecord? ImportedFrom { get; init; }

    /// <summary>The plugins that the config chooses, by assembly: package, version and SHA-256; null in old runs.</summary>
    public IReadOnlyDictionary<string, PluginRecord>? Plugins { get; init; }

    /// <summary>SHA-256 of each file of weights that the model began with, by path; null where it began with none.</summary>
    public IReadOnlyDictionary<string, string>? Weights { get; init; }

    /// <summary>The model that a frozen backbone ran, of which model.safetensors holds nothing; null for a backbone of layers.</summary>
    public FrozenRecord? Backbone { get; init; }

    /// <summary>What a reader of results must know of the model, in whole sentences; null where there is nothing.</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>
    /// SHA-256 of config.json, dataset.json, model.safetensors and features.safetensors as they were when the run was completed; null in old runs.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Files { get; init; }

    public static RunFacts Read(RunFolder run) => RunFile.Read(run.Facts, RunJson.Default.RunFacts, Mention.Operation("train"));

    public void Write(RunFolder run) => RunFile.Write(run.Facts, this, RunJson.Default.RunFacts);
}
