using Dml.Engine.Config;
using Dml.Engine.Explaining;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Sessions;

/// <summary>
/// Tells whether a run is whole: every file is there and can be read, the files that results come from are those that the run was
/// completed with, shapes fit each other, and results belong to these files. Reads only, and needs no lock.
/// </summary>
internal sealed class RunCheck
{
    private readonly RunFolder _run;
    private readonly Origin _now;
    private readonly List<CheckedFile> _files = [];
    private RunFacts? _facts;
    private DatasetRecord? _dataset;

    private RunCheck(RunFolder run) => (_run, _now) = (run, Origin.Of(run));

    /// <summary>Checks a run.</summary>
    /// <param name="run">The run.</param>
    /// <returns>One line a file, inputs first.</returns>
    public static IReadOnlyList<CheckedFile> Of(RunFolder run)
    {
        var check = new RunCheck(run);
        check.CheckInputs();
        check.CheckResults();
        check.CheckRemains();
        return check._files;
    }

    private void CheckInputs()
    {
        Check(_run.Facts, true, _ =>
        {
            _facts = RunFacts.Read(_run);
            return _facts.Files is null ? "made before hashes were kept: contents are only held against each other" : null;
        });
        CheckInput(_run.Config, () => ConfigFile.Load(_run.Config));
        CheckInput(_run.Dataset, () =>
        {
            var dataset = DatasetRecord.Read(_run);
            RunShapes.Require(dataset);
            _dataset = dataset;
        });
        CheckInput(_run.Checkpoint, () =>
        {
            SafeTensors.Open(_run.Checkpoint);
            var weights = WeightsFile.Open(_run.Checkpoint);
            foreach (var name in weights.Tensors.Keys) WeightsFit.RequireFinite(weights, name);
        });
        CheckInput(_run.Features, () => RunShapes.RequireFeatures(_run, _dataset));
        if (_dataset is not null) CheckImages(_dataset);
        foreach (var file in _facts?.Backbone?.Files ?? []) CheckBackbone(file);
    }

    /// <summary>A model outside the run, which is needed only where images are looked at anew.</summary>
    private void CheckBackbone(FrozenFile file)
    {
        DmlException? problem = FileHash.TryOf(file.File) switch
        {
            null => new("missing; put the backbone's model back"),
            var hash when hash != file.Sha256 => new("another content than the backbone's model had when the run was made; put it back"),
            _ => null,
        };
        _files.Add(new(file.File, problem, problem is null ? "the backbone's model" : null));
    }

    private void CheckResults()
    {
        CheckResult(_run.Metrics, true, "evaluate", path => RunMetrics.TryRead(path), _run.Classes);
        CheckResult(_run.Confusions, false, "confusions", path => ConfusionsRecord.Read(path));
        CheckResult(_run.Mislabel, false, "mislabel", path =>
        {
            var count = MislabelRecord.TryRead(path)!.Ranking.Count;
            if (_dataset is not null && count != _dataset.Training.Count)
            {
                throw new DmlException($"{count} training samples are ranked, the run has {_dataset.Training.Count}");
            }
        });
        CheckResult(In(InfluenceFiles.Summary), false, "influence", _ =>
        {
            var record = InfluenceRecord.TryRead(_run.Path)!;
            if (_dataset is not null) record.RequireFit(_run.Path, _dataset.Training.Count, _dataset.Test.Count);
        }, In(InfluenceFiles.Scores), In(InfluenceFiles.Top));
        foreach (var ranking in _run.Mislabels) CheckResult(ranking, false, "mislabel", path => MislabelRecord.TryRead(path));
        CheckResult(_run.Audit, false, "audit", _ => { }, _run.AuditTable);
        CheckResult(_run.Verification, false, "verify", _ => { }, _run.VerificationTable);
        Check(_run.Validation, false, _ =>
        {
            ValidationRecord.Read(_run);
            return null;
        });
        CheckResult(_run.Report, false, "report", _ => { });
        foreach (var folder in ExperimentFolders())
        {
            CheckResult(Path.Combine(folder, Path.GetFileName(folder) + ".json"), false, $"experiment {Path.GetFileName(folder)}", _ => { });
        }
    }

    /// <summary>The log, and what commands left that were cut or are at work.</summary>
    private void CheckRemains()
    {
        Check(_run.Log, true, path =>
        {
            ResultFile.RequireJsonLines(path);
            return null;
        });
        foreach (var folder in ExperimentFolders().Prepend(_run.Path))
        {
            var list = Path.Combine(folder, FileSet.ListName);
            var writer = RunLock.Writer(folder);
            if (File.Exists(list))
            {
                Add(list, new(writer is null
                    ? "a command was killed while it replaced results; the next one that writes there completes that"
                    : $"{writer} is replacing results"));
            }

            foreach (var file in Directory.EnumerateFiles(folder, "*.partial")
                .Where(f => AtomicFile.TargetOf(Path.GetFileName(f)) is not null).Order(StringComparer.Ordinal))
            {
                Add(file, null, writer is null ? "left by a command that was killed; the next one that writes there removes it" : $"being written by {writer}");
            }
        }

        if (InfluenceParts.Exist(_run.Path)) Add(InfluenceParts.FolderOf(_run.Path), null, "an influence computation that is not finished");
    }

    private IEnumerable<string> ExperimentFolders() =>
        Directory.Exists(_run.Experiments) ? Directory.EnumerateDirectories(_run.Experiments).Order(StringComparer.Ordinal) : [];

    private void CheckInput(string path, Action read) => Check(path, true, _ =>
    {
        read();
        if (_facts?.Files?.GetValueOrDefault(Path.GetFileName(path)) is { } hash && FileHash.Of(path) != hash)
        {
            throw new DmlException("another content than when the run was completed");
        }

        return null;
    });

    /// <summary>A file of results, and the ones that were written with it.</summary>
    private void CheckResult(string path, bool required, string command, Action<string> read, params IReadOnlyList<string> companions)
    {
        Origin? origin = null;
        DmlException? damage = null;
        var there = File.Exists(path);
        try
        {
            if (there) origin = path == _run.Report ? ResultFile.OriginOfHtml(path) : ResultFile.OriginOfJson(path);
        }
        catch (DmlException error)
        {
            damage = error;
        }

        var all = companions.Union(origin?.Files?.Keys.Select(name => Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileName(name))) ?? []);
        List<CheckedFile> beside = [.. all.Where(c => there || File.Exists(c)).Select(c => Companion(c, path, there, origin, command))];
        Check(path, required, _ =>
        {
            if (damage is not null) throw damage;
            if (origin?.ChangedIn(_now) is [var changed, ..])
            {
                throw new DmlException(
                    $"of another {Path.GetFileName(Origin.FileOf(_run, changed))} than the run has now; run {Command(command)} again, or put the file back");
            }

            if (beside.TrueForAll(c => c.Problem is null)) read(path);
            return origin is null ? "made before hashes were kept" : null;
        });
        _files.AddRange(beside);
    }

    private CheckedFile Companion(string path, string main, bool mainIsThere, Origin? origin, string command)
    {
        var name = Path.GetFileName(main);
        if (!mainIsThere) return Line(path, new($"{name}, which it belongs to, is missing; {Command(command)} writes both again"));
        if (!File.Exists(path)) return Line(path, new($"missing; {Command(command)} writes it again"));
        try
        {
            if (origin?.Files?.GetValueOrDefault(Path.GetFileName(path)) is { } hash && FileHash.Of(path) != hash)
            {
                return Line(path, new($"another content than {name} was written with; {Command(command)} writes both again"));
            }

            if (Path.GetExtension(path) == ".safetensors") SafeTensors.Open(path);
            return Line(path, null);
        }
        catch (DmlException error)
        {
            return Line(path, error);
        }
    }

    /// <summary>What writes results anew, for messages.</summary>
    private Mention Command(string name) => name.Split(' ') is [var command, var what]
        ? Mention.Operation(command, ("name", what), ("run", _run.Path)) : Mention.Operation(name, ("run", _run.Path));

    private void CheckImages(DatasetRecord dataset)
    {
        string[] inside = [.. dataset.Training.Concat(dataset.Test).Select(s => s.File).Where(f => f.Length > 0 && !Path.IsPathRooted(f)).Distinct()];
        if (inside.Length == 0) return;
        var missing = inside.Where(f => !File.Exists(Path.GetFullPath(f, _run.Path))).ToList();
        var folder = In(inside[0].Split('/')[0]);
        if (missing.Count == 0) Add(folder, null, $"{inside.Length} images");
        else Add(folder, new($"{missing.Count} of {inside.Length} images are missing, first {missing[0]}"));
    }

    private void Check(string path, bool required, Func<string, string?> examine)
    {
        if (!File.Exists(path))
        {
            if (required) Add(path, new("missing"));
            return;
        }

        try
        {
            Add(path, null, examine(path));
        }
        catch (DmlException error)
        {
            Add(path, error);
        }
    }

    private void Add(string path, DmlException? problem, string? note = null) => _files.Add(Line(path, problem, note));

    private CheckedFile Line(string path, DmlException? problem, string? note = null) => new(Path.GetRelativePath(_run.Path, path), problem, note);

    private string In(string name) => Path.Combine(_run.Path, name);
}
