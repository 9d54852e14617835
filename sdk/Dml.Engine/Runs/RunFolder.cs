namespace Dml.Engine.Runs;

/// <summary>Names of the files of a run folder.</summary>
internal sealed record RunFolder(string Path)
{
    private const string MomentFolder = "moments";

    /// <summary>The resolved config.</summary>
    public string Config => File("config.json");

    /// <summary>Versions, seeds, threads, device; written last, so that its presence says that the run is complete.</summary>
    public string Facts => File("run.json");

    /// <summary>The trained weights.</summary>
    public string Checkpoint => File("model.safetensors");

    /// <summary>Cached features, head and loss: what every explaining command reads.</summary>
    public string Features => File("features.safetensors");

    /// <summary>Samples, classes and known noise.</summary>
    public string Dataset => File("dataset.json");

    /// <summary>Retrieval metrics and training curves.</summary>
    public string Metrics => File("metrics.json");

    /// <summary>When the learning rates fell in a validating training.</summary>
    public string Validation => File("validation.json");

    /// <summary>TensorBoard event files.</summary>
    public string TensorBoard => File("tensorboard");

    /// <summary>Retrieval quality of each test class.</summary>
    public string Classes => File("classes.csv");

    /// <summary>One JSON object a line: what happened when.</summary>
    public string Log => File("log.jsonl");

    /// <summary>Wrong items and confusion groups.</summary>
    public string Confusions => File("confusions.json");

    /// <summary>Ranking of suspicious training samples and its detection curve.</summary>
    public string Mislabel => File("mislabel.json");

    /// <summary>What an audit found.</summary>
    public string Audit => File("audit.json");

    /// <summary>The same as a table, one row a finding.</summary>
    public string AuditTable => File("audit.csv");

    /// <summary>How estimators did against reality.</summary>
    public string Verification => File("verify.json");

    /// <summary>The same as a table.</summary>
    public string VerificationTable => File("verify.csv");

    /// <summary>A folder an experiment.</summary>
    public string Experiments => File("experiments");

    /// <summary>The newest checkpoint of an unfinished training.</summary>
    public string NewestCheckpoint => File("checkpoint.safetensors");

    /// <summary>The checkpoint before it, until the newest is safely on the disk.</summary>
    public string PreviousCheckpoint => File("checkpoint.previous.safetensors");

    /// <summary>Whether an unfinished training can be resumed from a checkpoint.</summary>
    public bool HasCheckpoint => System.IO.File.Exists(NewestCheckpoint) || System.IO.File.Exists(PreviousCheckpoint);

    /// <summary>Features files of moments of the training that were kept, oldest first; empty where none were.</summary>
    public IReadOnlyList<string> Moments => Directory.Exists(File(MomentFolder))
        ? [.. Directory.EnumerateFiles(File(MomentFolder), "epoch-*.safetensors").Order(StringComparer.Ordinal)] : [];

    /// <summary>The features file of a moment of the training.</summary>
    /// <param name="epoch">The epoch of the main run that has ended, from 1.</param>
    public string Moment(int epoch) => File(System.IO.Path.Combine(MomentFolder, $"epoch-{epoch:D6}.safetensors"));

    /// <summary>The ranking of one detector, which stays when another is asked.</summary>
    /// <param name="detector">Its plugin name.</param>
    public string MislabelOf(string detector) => File($"mislabel-{detector}.json");

    /// <summary>The rankings of all detectors that were asked, in ordinal order of their names.</summary>
    public IReadOnlyList<string> Mislabels => [.. Directory.EnumerateFiles(Path, "mislabel-*.json").Order(StringComparer.Ordinal)];

    /// <summary>The report.</summary>
    public string Report => File("report.html");

    /// <summary>Opens a complete run.</summary>
    /// <param name="path">Its folder.</param>
    /// <exception cref="DmlException">There is no complete run.</exception>
    public static RunFolder Open(string path)
    {
        var run = new RunFolder(System.IO.Path.GetFullPath(path));
        if (!System.IO.File.Exists(run.Facts) && RunWriter.PartialOf(run.Path) is { } partial)
        {
            throw new DmlException(null, $"a complete run at {path}", $"an unfinished training in {partial}", $"{RunWriter.Resumption(path)} ends it");
        }

        if (System.IO.File.Exists(run.Path)) throw new DmlException(null, $"a run folder at {path}", "a file", $"give the folder that {Training} made");
        if (!Directory.Exists(run.Path)) throw new DmlException(null, $"a run folder at {path}", "none", $"{Maker(path)} makes one");
        if (System.IO.File.Exists(run.Facts)) return run;

        // A run is made in an empty folder alone.
        throw Directory.EnumerateFileSystemEntries(run.Path).Any()
            ? new DmlException(null, $"a complete run in {path}", "other files and no run.json there", $"give the folder that {Training} made")
            : new DmlException(null, $"a complete run in {path}", "no run.json there", $"{Maker(path)} makes one");
    }

    /// <summary>A file as dataset.json names it: files inside the run folder move with it.</summary>
    /// <param name="file">Absolute, or empty.</param>
    public string Remembered(string file) =>
        file.StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal) ? System.IO.Path.GetRelativePath(Path, file) : file;

    private static Mention Training => Mention.Operation("train", ("config", "CONFIG"));

    /// <summary>What makes a run, for messages.</summary>
    /// <param name="path">Its folder.</param>
    public static Mention Maker(string path) => Mention.Operation("train", ("config", "CONFIG"), ("output", path));

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
