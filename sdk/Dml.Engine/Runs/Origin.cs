using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Dml.Engine.Features;
using Dml.Storage;

namespace Dml.Engine.Runs;

/// <summary>In every file of results: what they came from, and which other files are of the same computation.</summary>
/// <param name="Inputs">
/// SHA-256 of the content of each input by its name: <c>config</c>, <c>dataset</c>, <c>model</c>, <c>features</c>, <c>ids</c>, <c>checkpoint 1</c>.
/// </param>
internal sealed record Origin(IReadOnlyDictionary<string, string> Inputs)
{
    /// <summary>In HTML, begins the name of an element of the head that holds the hash of an input.</summary>
    public const string HtmlName = "dml:sha256:";

    private const string ConfigKey = "config";
    private const string DatasetKey = "dataset";
    private const string ModelKey = "model";
    private const string FeaturesKey = "features";
    private const string IdsKey = "ids";
    private const string CheckpointKey = "checkpoint ";

    /// <summary>SHA-256 of the files that were written with this one, by their names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Files { get; init; }

    /// <summary>Of what comes from no file: arrays in memory.</summary>
    public static Origin Memory { get; } = new(new Dictionary<string, string>());

    /// <summary>The origin of what is computed from a run now.</summary>
    /// <param name="run">The run.</param>
    public static Origin Of(RunFolder run) => new(InputsOf(run));

    /// <summary>The origin of what is computed from a features file now.</summary>
    /// <param name="features">The file, or a folder of .npy files.</param>
    public static Origin Of(string features) => new(InputsOf(features));

    /// <summary>The same with features of earlier moments of the training.</summary>
    /// <param name="checkpoints">Their files, oldest first.</param>
    public Origin With(IReadOnlyList<string> checkpoints)
    {
        var inputs = new Dictionary<string, string>(Inputs);
        foreach (var (index, path) in checkpoints.Index()) inputs[$"{CheckpointKey}{index + 1}"] = InputsOf(path).GetValueOrDefault(FeaturesKey, "");
        return this with { Inputs = inputs };
    }

    /// <summary>The same as one of several inputs.</summary>
    /// <param name="name">What tells this input from the others; null where it is the only one.</param>
    public Origin Named(string? name) =>
        name is null ? this : this with { Inputs = Inputs.ToDictionary(i => $"{name}/{i.Key}", i => i.Value, StringComparer.Ordinal) };

    /// <summary>The inputs whose content is not that of this origin any more. Earlier moments of a training are compared where both know them.</summary>
    /// <param name="now">What there is now.</param>
    public IReadOnlyList<string> ChangedIn(Origin now) => [.. Inputs
        .Where(i => now.Inputs.TryGetValue(i.Key, out var hash) ? hash != i.Value : !i.Key.StartsWith(CheckpointKey, StringComparison.Ordinal))
        .Select(i => i.Key)];

    /// <summary>Refuses results of another state of a run, beside which nothing of now may be shown.</summary>
    /// <param name="run">The run.</param>
    /// <param name="file">The file with the results.</param>
    /// <param name="remedy">What computes them anew: "run `dml evaluate RUN` again".</param>
    /// <exception cref="DmlException">An input has changed since.</exception>
    public void RequireCurrent(RunFolder run, string file, Wording remedy)
    {
        if (ChangedIn(Of(run)) is not [var first, ..]) return;
        throw new DmlException(
            null, $"{file} to be of this run as it is now", $"results of another {Path.GetFileName(FileOf(run, first))}", $"{remedy}, or put the file back");
    }

    /// <summary>Refuses a file whose companions are not those that were written with it.</summary>
    /// <param name="file">The file that has this origin.</param>
    /// <param name="remedy">What writes all anew.</param>
    /// <exception cref="DmlException">A companion is missing or has another content.</exception>
    public void RequireFiles(string file, Wording remedy)
    {
        foreach (var (name, hash) in Files ?? new Dictionary<string, string>())
        {
            var path = Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileName(name));
            if (FileHash.TryOf(path) is var found && found == hash) continue;
            throw new DmlException(
                null, $"{path} with the content that {Path.GetFileName(file)} was written with", found is null ? "no file" : "another content", remedy);
        }
    }

    /// <summary>The file of a run that an input is, for messages.</summary>
    /// <param name="run">The run.</param>
    /// <param name="input">A key of <see cref="Inputs"/>.</param>
    public static string FileOf(RunFolder run, string input) => input switch
    {
        ConfigKey => run.Config,
        DatasetKey => run.Dataset,
        ModelKey => run.Checkpoint,
        FeaturesKey => run.Features,
        _ => input,
    };

    private static Dictionary<string, string> InputsOf(RunFolder run)
    {
        var inputs = new Dictionary<string, string>();
        foreach (var key in new[] { ConfigKey, DatasetKey, ModelKey, FeaturesKey })
        {
            if (FileHash.TryOf(FileOf(run, key)) is { } hash) inputs[key] = hash;
        }

        return inputs;
    }

    private static Dictionary<string, string> InputsOf(string features)
    {
        // What cannot be read is told by who reads it.
        var inputs = new Dictionary<string, string>();
        if (FileHash.TryOf(features) is not null || Directory.Exists(features)) inputs[FeaturesKey] = HashOf(features);
        if (FeatureArrays.IdFilesOf(features) is { Count: > 0 } ids) inputs[IdsKey] = HashOf(ids);
        return inputs;
    }

    private static string HashOf(string features) => HashOf(FeatureArrays.FilesOf(features));

    /// <summary>Of several files, the hash of what sha256sum would print of them.</summary>
    private static string HashOf(IReadOnlyList<string> files) => files.Count == 1 ? FileHash.Of(files[0])
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files.Select(f => $"{FileHash.Of(f)}  {Path.GetFileName(f)}\n")))));
}
