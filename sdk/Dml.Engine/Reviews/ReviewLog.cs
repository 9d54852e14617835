using System.Text;
using System.Text.Json;
using Dml.Engine.Reviews;
using Dml.Storage;
using Microsoft.Win32.SafeHandles;

namespace Dml.Engine;

/// <summary>
/// The decisions of people about a run's training samples, in RUN/review.jsonl: one line a decision, appended and on the disk before the call returns.
/// Undoing appends a line too, so nothing that was written is ever changed, and reading all lines gives the state. Several processes may write at
/// once: each holds the file's lock for the moment of a line. A line that a killed process left unfinished was never acknowledged; readers pass it
/// over, and the next writer removes it. Safe to use from several threads.
/// </summary>
public sealed class ReviewLog
{
    /// <summary>Name of the file in a run folder.</summary>
    public const string FileName = "review.jsonl";

    private const byte LineEnd = (byte)'\n';
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly Model _model;
    private readonly Lock _using = new();
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _labels = new(StringComparer.Ordinal);
    private readonly List<ReviewLine> _lines = [];
    private long _read;

    /// <summary>The review of a run. Nothing is written before the first decision.</summary>
    /// <param name="run">The run; it stays the caller's and outlives the log.</param>
    public ReviewLog(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        (_model, Path) = (run.Model, System.IO.Path.Combine(run.Path, FileName));
        foreach (var (index, id) in _model.TrainingIds.Index()) _indices.TryAdd(id, index);
        for (var label = 0L; label < _model.TrainingClassCount; label++) _labels.TryAdd(_model.ClassName(label), label);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What holds now, with what other processes have written.</summary>
    /// <exception cref="DmlException">The file cannot be read, or a line of it is damaged.</exception>
    public ReviewState Read()
    {
        lock (_using)
        {
            if (!File.Exists(Path)) Forget();
            else using (var file = Open(writes: false)) Follow(file);
            return State();
        }
    }

    /// <summary>Writes a decision down. When this returns it is on the disk.</summary>
    /// <param name="index">Training index.</param>
    /// <param name="action">What is decided.</param>
    /// <param name="label">The right label with <see cref="ReviewAction.Accept"/> and <see cref="ReviewAction.Relabel"/>, else null.</param>
    /// <exception cref="DmlException">There is no such sample or class, or the file cannot be written.</exception>
    public ReviewDecision Add(int index, ReviewAction action, long? label = null)
    {
        if (index < 0 || index >= _model.TrainingIds.Count)
        {
            throw new DmlException($"Expected indices of training samples from 0 to {_model.TrainingIds.Count - 1}, found {index}.");
        }

        if (label is not null != action is ReviewAction.Accept or ReviewAction.Relabel)
        {
            var word = action.ToString().ToLowerInvariant();
            throw new DmlException(label is null ? $"Expected a training class as the new label with {word}, found none."
                : $"Expected no label with {word}, found {label}.");
        }

        if (label is { } given && (given < 0 || given >= _model.TrainingClassCount))
        {
            throw new DmlException($"Expected a training class from 0 to {_model.TrainingClassCount - 1} for {_model.TrainingIds[index]}, found {given}.");
        }

        return Append(number => new(number, DateTimeOffset.UtcNow)
        {
            Id = _model.TrainingIds[index],
            Action = action,
            ClassName = label is { } known ? _model.ClassName(known) : null,
        })!;
    }

    /// <summary>Undoes the latest decision that holds, whoever made it.</summary>
    /// <returns>The decision that was undone; null where there is none.</returns>
    /// <exception cref="DmlException">The file cannot be read or written.</exception>
    public ReviewDecision? Undo()
    {
        ReviewDecision? undone = null;
        Append(number =>
        {
            if (Standing() is not [.., var last]) return null;
            undone = Decision(last);
            return new(number, DateTimeOffset.UtcNow) { Undoes = last.Number };
        });
        return undone;
    }

    /// <summary>Appends the line that is made once all lines before it are known.</summary>
    private ReviewDecision? Append(Func<long, ReviewLine?> make)
    {
        lock (_using)
        {
            try
            {
                var isNew = !File.Exists(Path);
                using var file = Open(writes: true);
                Follow(file);
                if (RandomAccess.GetLength(file) > _read) RandomAccess.SetLength(file, _read);
                if (make((_lines.LastOrDefault()?.Number ?? 0) + 1) is not { } line) return null;
                byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, ReviewJson.Default.ReviewLine), LineEnd];
                RandomAccess.Write(file, bytes, _read);
                RandomAccess.FlushToDisk(file);
                if (isNew) FolderFlush.Flush(System.IO.Path.GetDirectoryName(Path)!);
                _read += bytes.Length;
                _lines.Add(line);
                return line.Undoes is null ? Decision(line) : null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw WriteRefusal.Of($"append to {Path}", error);
            }
        }
    }

    /// <summary>Opens the file once nobody else holds it in a way that forbids it; the system's lock is taken with it.</summary>
    private SafeFileHandle Open(bool writes)
    {
        for (var started = Environment.TickCount64; ;)
        {
            try
            {
                return InputFile.OpenLocked(Path, writes);
            }
            catch (IOException error) when (error is not FileNotFoundException and not DirectoryNotFoundException
                && File.Exists(Path) && Environment.TickCount64 - started < Patience.TotalMilliseconds)
            {
                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>Reads the whole lines that were added since.</summary>
    private void Follow(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        if (length < _read) Forget();
        var bytes = new byte[length - _read];
        var count = RandomAccess.Read(file, bytes, _read);
        for (int at = 0, end; (end = Array.IndexOf(bytes, LineEnd, at, count - at)) >= 0; at = end + 1)
        {
            _lines.Add(Parse(bytes.AsSpan(at, end - at)));
            _read += end + 1 - at;
        }
    }

    private ReviewLine Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ReviewJson.Default.ReviewLine) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new DmlException(
                null, "a decision, one JSON object", $"\"{Encoding.UTF8.GetString(line[..Math.Min(80, line.Length)])}\"",
                "take the line out or put the file back", $"{Path}:{_lines.Count + 1}", error);
        }
    }

    private void Forget()
    {
        _lines.Clear();
        _read = 0;
    }

    /// <summary>The decisions that were not undone, in order.</summary>
    private List<ReviewLine> Standing()
    {
        var undone = _lines.Where(l => l.Undoes is not null).Select(l => l.Undoes!.Value).ToHashSet();
        return [.. _lines.Where(l => l.Undoes is null && !undone.Contains(l.Number))];
    }

    private ReviewState State()
    {
        var latest = new Dictionary<int, ReviewDecision>();
        foreach (var decision in Standing().Select(Decision).OfType<ReviewDecision>()) latest[decision.Index] = decision;
        return new([.. latest.Values.OrderBy(d => d.Number)], _lines.LastOrDefault()?.Number ?? 0);
    }

    /// <summary>A line as a decision about a sample of the model; null where the model has no such sample or class any more.</summary>
    private ReviewDecision? Decision(ReviewLine line)
    {
        if (line is not { Id: { } id, Action: { } action } || !_indices.TryGetValue(id, out var index)) return null;
        if (line.ClassName is not { } name) return new(line.Number, line.Time, index, id, action, null, null);
        return _labels.TryGetValue(name, out var label) ? new(line.Number, line.Time, index, id, action, label, name) : null;
    }
}
