using System.Text.Json;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Training;

/// <summary>
/// The checkpoints of an unfinished training: the newest, and the one before it until the newest is safely on the disk. Each is one
/// safetensors file with the model, the loss's parameters, the optimiser's moments, what the loss remembers and torch's random state; the position stands in
/// its metadata.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="seconds">Least time between two checkpoints.</param>
internal sealed class CheckpointStore(string folder, double seconds = 0)
{
    private const string PositionKey = "position";
    private const string PluginsKey = "plugins";
    private const string Model = "model.";
    private const string Optimizer = "optimizer.";
    private const string Memory = "memory.";
    private const string RandomState = "random";

    private readonly RunFolder _run = new(folder);
    private readonly string _newest = new RunFolder(folder).NewestCheckpoint;
    private readonly string _previous = new RunFolder(folder).PreviousCheckpoint;
    private long _last = Environment.TickCount64;

    /// <summary>SHA-256 of the plugins that the training runs by now, by assembly, for who goes on from here.</summary>
    public IReadOnlyDictionary<string, string> Plugins { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether there is a checkpoint to go on from.</summary>
    public bool Exists => _run.HasCheckpoint;

    /// <summary>Whether the time for the next one has come.</summary>
    public bool IsDue => Environment.TickCount64 - _last >= seconds * 1000;

    /// <summary>Writes a checkpoint. Whenever the power fails, this one or the one before is there.</summary>
    /// <param name="position">The place.</param>
    /// <param name="model">The model.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="optimizer">The phase's optimiser.</param>
    public void Save(TrainingPosition position, Network model, IMetricLoss loss, TrainingOptimizer optimizer)
    {
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors =
        [
            .. ModelTensors.Of(model, loss).Select(t => (Model + t.Name, t.Tensor)),
            .. optimizer.Moments.Select(m => (Optimizer + m.Name, m.Tensor)),
            .. ModelTensors.Remembered(loss).Select(t => (Memory + t.Name, t.Tensor)),
            (RandomState, random.get_rng_state()),
        ];
        var json = JsonSerializer.Serialize(position, TrainingJson.Default.TrainingPosition);
        var next = _newest + ".next";
        var plugins = string.Join(' ', Plugins.Select(plugin => $"{plugin.Key}:{plugin.Value}"));
        SafeTensors.Write(next, tensors, new Dictionary<string, string> { [PositionKey] = json, [PluginsKey] = plugins });
        try
        {
            if (File.Exists(_newest)) File.Move(_newest, _previous, overwrite: true);
            File.Move(next, _newest);
            FolderFlush.Flush(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to rename {next}, but the system refused ({error.Message.TrimEnd('.')}); check the folder's permissions.", error);
        }

        _last = Environment.TickCount64;
    }

    /// <summary>Reads the newest sound checkpoint; null when there is none yet.</summary>
    /// <exception cref="DmlException">There are checkpoints, and all are damaged.</exception>
    public Checkpoint? Load()
    {
        DmlException? damage = null;
        foreach (var path in new[] { _newest, _previous }.Where(File.Exists))
        {
            try
            {
                return Read(path);
            }
            catch (DmlException error)
            {
                damage ??= error;
            }
        }

        return damage is null ? null : throw damage;
    }

    /// <summary>One sentence for each plugin that was of another build when the newest sound checkpoint was written.</summary>
    public IReadOnlyList<string> OtherBuilds()
    {
        var file = new[] { _newest, _previous }.Where(File.Exists).Select(Opened).FirstOrDefault(opened => opened is not null);
        var then = (file?.Metadata.GetValueOrDefault(PluginsKey) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(plugin => plugin.Split(':')).Where(parts => parts is [_, { Length: > 12 }]).ToDictionary(parts => parts[0], parts => parts[1]);
        return
        [
            .. Plugins.Where(now => now.Value.Length > 12 && then.GetValueOrDefault(now.Key) is { } before && before != now.Value)
                .Select(now => $"the training goes on with another build of {now.Key} than it had so far "
                    + $"(SHA-256 {then[now.Key][..12]}, now {now.Value[..12]}); one that is not stopped has one build alone."),
        ];

        static SafeTensors? Opened(string path)
        {
            try
            {
                return SafeTensors.Open(path);
            }
            catch (DmlException)
            {
                // What is damaged is told by who goes on from it.
                return null;
            }
        }
    }

    /// <summary>Removes the checkpoints of a training that is finished.</summary>
    public void Clear()
    {
        foreach (var path in new[] { _newest, _previous }) AtomicFile.Remove(path);
    }

    private static Checkpoint Read(string path)
    {
        var file = SafeTensors.Open(path);
        try
        {
            var position = JsonSerializer.Deserialize(file.Metadata[PositionKey], TrainingJson.Default.TrainingPosition)
                ?? throw new JsonException("it holds null");
            return new(path, position, Group(file, Model), Group(file, Optimizer), Group(file, Memory), file.Load(RandomState).DetachFromDisposeScope());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException)
        {
            throw new DmlException(
                $"Expected a checkpoint of a training in {path}, but it is damaged ({error.Message.TrimEnd('.')}); "
                    + "remove it, and the one before or the beginning is gone on from.",
                error);
        }
    }

    private static Dictionary<string, Tensor> Group(SafeTensors file, string prefix) =>
        file.Entries.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(k => k[prefix.Length..], k => file.Load(k).DetachFromDisposeScope(), StringComparer.Ordinal);
}

/// <summary>A checkpoint in memory.</summary>
/// <param name="Source">Its file.</param>
/// <param name="Position">The place.</param>
/// <param name="Model">Tensors as <see cref="ModelTensors"/> names them.</param>
/// <param name="Moments">Tensors as <see cref="TrainingOptimizer.Moments"/> names them.</param>
/// <param name="Memory">Tensors as <see cref="ModelTensors.Remembered"/> names them.</param>
/// <param name="RandomState">Of torch's generator.</param>
internal sealed record Checkpoint(
    string Source, TrainingPosition Position, IReadOnlyDictionary<string, Tensor> Model, IReadOnlyDictionary<string, Tensor> Moments,
    IReadOnlyDictionary<string, Tensor> Memory, Tensor RandomState) : IDisposable
{
    public void Dispose()
    {
        foreach (var tensor in Model.Values.Concat(Moments.Values).Concat(Memory.Values).Append(RandomState)) tensor.Dispose();
    }
}
