using System.Text.Json.Serialization;

namespace Dml.Engine.Runs;

/// <summary>One sample as a run remembers it.</summary>
/// <param name="Id">Stable name.</param>
/// <param name="File">Image file: absolute, or relative to the run folder when it lies inside; empty where a sample has none.</param>
/// <param name="Label">The label that was trained on, or the class of a test item.</param>
/// <param name="TrueLabel">The right label where the given one is known to be wrong, else null.</param>
internal sealed record SampleRecord(string Id, string File, int Label, int? TrueLabel = null)
{
    /// <summary>What the sample has in common with others beside its class, such as a camera or a patient; null where that is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Group { get; init; }

    /// <summary>The part of the image that is meant; null for the whole.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImageBox? Box { get; init; }

    /// <summary>The sample's image, to be decoded again.</summary>
    /// <param name="run">Absolute path of the run folder.</param>
    public ImageSample ToImage(string run) => new(Id, Path.GetFullPath(File, run), Label) { Box = Box, Group = Group };
}

/// <summary>dataset.json of a run: which samples its features belong to.</summary>
/// <param name="Name">Dataset plugin.</param>
/// <param name="ClassNames">All classes, training classes first.</param>
/// <param name="TrainingClassCount">C.</param>
/// <param name="Training">Training samples in feature order.</param>
/// <param name="Test">Test samples in feature order: the queries, then the gallery if there is one.</param>
/// <param name="QueryCount">Number of queries when they are looked up in a gallery; null when test items are searched among themselves.</param>
/// <param name="Noise">Label noise that the run was given on purpose, or null.</param>
internal sealed record DatasetRecord(
    string Name, IReadOnlyList<string> ClassNames, int TrainingClassCount, IReadOnlyList<SampleRecord> Training, IReadOnlyList<SampleRecord> Test,
    int? QueryCount = null, NoiseRecord? Noise = null)
{
    /// <summary>Indices of the training samples known to be mislabelled.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> Mislabelled => [.. Training.Index().Where(s => s.Item.TrueLabel is not null).Select(s => s.Index)];

    /// <summary>Whether a training can go on with these samples in place of the others: same classes, ids, labels and order.</summary>
    public bool IsSameAs(DatasetRecord other) =>
        TrainingClassCount == other.TrainingClassCount && QueryCount == other.QueryCount && ClassNames.SequenceEqual(other.ClassNames)
        && Training.Select(Key).SequenceEqual(other.Training.Select(Key)) && Test.Select(Key).SequenceEqual(other.Test.Select(Key));

    public static DatasetRecord Read(RunFolder run) => RunFile.Read(run.Dataset, RunJson.Default.DatasetRecord, Mention.Operation("train"));

    public void Write(RunFolder run) => RunFile.Write(run.Dataset, this, RunJson.Default.DatasetRecord);

    private static (string, int, int?, ImageBox?) Key(SampleRecord sample) => (sample.Id, sample.Label, sample.TrueLabel, sample.Box);
}
