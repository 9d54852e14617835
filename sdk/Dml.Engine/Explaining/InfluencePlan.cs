using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Explaining;

/// <summary>
/// All that decides the bytes of an influence computation. Parts belong together when their plans are the same bytes: a matrix product
/// of another processor, another number of threads or another block gives other last digits.
/// </summary>
internal sealed record InfluencePlan(
    string Estimator,
    string EstimatorSettings,
    string Loss,
    string LossSettings,
    bool LossIsMeanOfSamples,
    bool Signed,
    string Precision,
    long TrainingSamples,
    string Features,
    string FeaturesFingerprint,
    IReadOnlyList<string> CheckpointFingerprints,
    int SampleBlock,
    int TargetBlock,
    int Threads,
    string Processor,
    int Top,
    IReadOnlyList<Confusion> Targets)
{
    /// <summary>SHA-256 of what the parts are computed from, as in <see cref="Origin.Inputs"/>; null in parts of an old version.</summary>
    public IReadOnlyDictionary<string, string>? Inputs { get; init; }

    /// <summary>SHA-256 of the DLLs of estimator and loss, by assembly: another build is another computation; null in parts of an old version.</summary>
    public IReadOnlyDictionary<string, string>? Builds { get; init; }

    private const int SampledPieces = 64;
    private const int PieceBytes = 4096;

    /// <summary>Its cells.</summary>
    [JsonIgnore]
    public ScoreGrid Grid => new(Targets, TrainingSamples, TargetBlock, SampleBlock);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, InfluenceJson.Default.InfluencePlan);

    /// <summary>Whether a features file has the content that the parts are computed from.</summary>
    /// <param name="path">The file, or a folder of .npy files.</param>
    public bool HasFeatures(string path) =>
        FeaturesFingerprint == Fingerprint(path)
            && (Inputs is not { } inputs || Origin.Of(path).Inputs.All(i => inputs.GetValueOrDefault(i.Key, i.Value) == i.Value));

    /// <summary>Refuses a run that has changed since the parts were computed from it.</summary>
    /// <exception cref="DmlException">A file of it has.</exception>
    public void RequireRun()
    {
        var run = new RunFolder(Path.GetDirectoryName(Features)!);
        if (Inputs is not { } inputs || !File.Exists(run.Facts) || new Origin(inputs).ChangedIn(Origin.Of(run)) is not [var changed, ..]) return;
        throw new DmlException(
            $"Expected {Origin.FileOf(run, changed)} as the parts were computed from it, found another content; put it back, or compute the parts anew.");
    }

    /// <summary>The first difference to another plan, as a sentence part; null where they are the same.</summary>
    public Wording? DifferenceTo(InfluencePlan other)
    {
        if (ToJson().AsSpan().SequenceEqual(other.ToJson())) return null;
        (Wording, object, object)[] facts =
        [
            ("estimator", Estimator, other.Estimator), ("settings of the estimator", OneLine(EstimatorSettings), OneLine(other.EstimatorSettings)),
            ("loss", Loss, other.Loss), ("settings of the loss", OneLine(LossSettings), OneLine(other.LossSettings)), ("precision", Precision, other.Precision),
            ("number of training samples", TrainingSamples, other.TrainingSamples),
            ("content of the features file", FeaturesFingerprint, other.FeaturesFingerprint),
            ("checkpoints", string.Join(", ", CheckpointFingerprints), string.Join(", ", other.CheckpointFingerprints)),
            ("features file", Features, other.Features),
            (Mention.Option("sampleBlock"), SampleBlock, other.SampleBlock), (Mention.Option("targetBlock"), TargetBlock, other.TargetBlock),
            ("threads", Threads, other.Threads),
            ("processor", Processor, other.Processor), (Mention.Option("top"), Top, other.Top),
        ];
        foreach (var (name, mine, others) in facts)
        {
            if (!mine.Equals(others)) return $"{name} {mine} and {others}";
        }

        if (Inputs is { } inputs && new Origin(inputs).ChangedIn(new(other.Inputs ?? new Dictionary<string, string>())) is [var changed, ..])
        {
            return $"content of {changed}";
        }

        var isSameBuild = (Builds ?? new Dictionary<string, string>()).SequenceEqual(other.Builds ?? new Dictionary<string, string>());
        return isSameBuild ? "other targets" : "other builds of the plugins";
    }

    private static string OneLine(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, InfluenceLineJson.Default.JsonElement);
    }

    /// <summary>A hash of each file's length, beginning, end and pieces in between: enough to see that features changed, in no time for any size.</summary>
    /// <param name="path">A features file, or a folder of them.</param>
    public static string Fingerprint(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[PieceBytes];
        foreach (var file in FeatureArrays.FilesOf(path))
        {
            using var stream = InputFile.OpenRead(file);
            hash.AppendData(BitConverter.GetBytes(stream.Length));
            for (var i = 0; i <= SampledPieces; i++)
            {
                stream.Position = Math.Max(0, stream.Length - PieceBytes) / SampledPieces * i;
                hash.AppendData(piece.AsSpan(0, stream.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The kind of processor as far as it decides rounding.</summary>
    public static string ThisProcessor()
    {
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : null;
        return $"{model ?? "unknown"}, vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits";
    }
}
