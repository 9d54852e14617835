using System.Text.Json;
using Dml.Numerics;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>
/// Reads and writes a features file (safetensors; a folder of .npy files is read too): train_features (N, D), train_labels (N), test_features (M, D),
/// test_labels (M), head.weight (E, D), head.bias (E; zero where there is none), loss.* (the loss's parameters), test_features_evaluation (M, D)
/// where the evaluation view is another one; train_ids and test_ids as JSON lists in the metadata or in <c>FILE.ids.json</c> beside it.
/// </summary>
internal static class FeatureFile
{
    private const string LossPrefix = "loss.";

    /// <summary>
    /// Bytes of the largest training features that are read into memory as a whole, counted as floats; larger ones stay in their file and are
    /// read block by block.
    /// </summary>
    private const long LargestInMemory = 256L << 20;

    private const string TrainFeatures = "train_features";
    private const string HeadBias = "head.bias";
    private const string NotesKey = "notes";
    private const string EvaluationFeatures = "test_features_evaluation";

    /// <summary>Reads and checks a features file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largestInMemory">Bytes from which on training features stay in the file; for tests.</param>
    /// <exception cref="DmlException">A tensor is missing, misshapen, of a wrong dtype or not finite.</exception>
    public static FeatureSet Read(string path, long largestInMemory = LargestInMemory)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var file = FeatureArrays.Open(path);
        FeatureSet? set = null;
        try
        {
            return set = Read(file, path, largestInMemory);
        }
        finally
        {
            if (set?.ReadTrainFeatures is null) file.Dispose();
        }
    }

    private static FeatureSet Read(FeatureArrays file, string path, long largestInMemory)
    {
        var numbers = new FeatureNumbers(file, path);
        var staysInFile = StaysInFile(file, numbers, largestInMemory);
        var train = staysInFile ? numbers.FloatsInFile(TrainFeatures) : numbers.Floats(TrainFeatures, 2);
        var test = numbers.Floats("test_features", 2);
        var weight = numbers.Floats("head.weight", 2);
        var bias = file.Has(HeadBias) ? numbers.Floats(HeadBias, 1) : zeros(weight.shape[0], weight.dtype);
        var trainLabels = numbers.Labels("train_labels", train.shape[0]);
        var testLabels = numbers.Labels("test_labels", test.shape[0]);
        numbers.RequireSize("test_features", "columns", train.shape[1], test.shape[1], "as train_features has");
        numbers.RequireSize("head.weight", "columns", train.shape[1], weight.shape[1], "as train_features has");
        numbers.RequireSize(HeadBias, "values", weight.shape[0], bias.shape[0], "as head.weight has rows");
        var loss = file.Names.Where(name => name.StartsWith(LossPrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ToDictionary(name => name[LossPrefix.Length..], name => numbers.Floats(name, null), StringComparer.Ordinal);
        var evaluation = file.Has(EvaluationFeatures) ? numbers.Floats(EvaluationFeatures, 2) : null;
        if (evaluation is not null)
        {
            numbers.RequireSize(EvaluationFeatures, "rows", test.shape[0], evaluation.shape[0], "as test_features has");
            numbers.RequireSize(EvaluationFeatures, "columns", train.shape[1], evaluation.shape[1], "as train_features has");
        }

        var columns = new FeatureColumns(file, path);
        var set = new FeatureSet(
            path, train, trainLabels, test, testLabels, weight, bias, loss,
            columns.Texts("train_ids", train.shape[0]) ?? Default("train", train.shape[0]),
            columns.Texts("test_ids", test.shape[0]) ?? Default("test", test.shape[0]))
        {
            EvaluationFeatures = evaluation?.DetachFromDisposeScope(),
            ReadTrainFeatures = staysInFile ? samples => numbers.Rows(TrainFeatures, samples) : null,
            Notes = Notes(file, path),
            Held = staysInFile ? file : null,
        };
        foreach (var tensor in loss.Values.Concat([train, trainLabels, test, testLabels, weight, bias])) tensor.DetachFromDisposeScope();
        return set;
    }

    /// <summary>Reads what lists show of the samples, and no features.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classNames">Name of each class; null where they are not known.</param>
    /// <exception cref="DmlException">The labels are missing or malformed.</exception>
    public static SampleNames ReadNames(string path, IReadOnlyList<string>? classNames)
    {
        using var scope = NewDisposeScope();
        using var file = FeatureArrays.Open(path);
        var (numbers, columns) = (new FeatureNumbers(file, path), new FeatureColumns(file, path));
        var (train, trainLabels) = Split("train");
        var (test, testLabels) = Split("test");
        return new(train, trainLabels, test, testLabels, classNames) { Notes = Notes(file, path) };

        (IReadOnlyList<string> Ids, long[] Labels) Split(string split)
        {
            var count = numbers.Form($"{split}_features").Shape[0];
            return (columns.Texts($"{split}_ids", count) ?? Default(split, count), numbers.Labels($"{split}_labels", count).Values<long>());
        }
    }

    /// <summary>Writes a features file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">What to write.</param>
    public static void Write(string path, FeatureSet set) => Write(
        path, set, FeatureBlocks.Of(set.TrainFeatures), FeatureBlocks.Of(set.TestFeatures),
        set.EvaluationFeatures is { } evaluation ? FeatureBlocks.Of(evaluation) : null);

    /// <summary>Writes a features file whose features are never whole in memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">What to write beside them; its own features are not looked at.</param>
    /// <param name="train">(N, D).</param>
    /// <param name="test">(M, D).</param>
    /// <param name="evaluation">(M, D), or null.</param>
    public static void Write(string path, FeatureSet set, FeatureBlocks train, FeatureBlocks test, FeatureBlocks? evaluation)
    {
        (string, FeatureBlocks)[] arrays =
        [
            (TrainFeatures, train), ("train_labels", FeatureBlocks.Of(set.TrainLabels)), ("test_features", test),
            ("test_labels", FeatureBlocks.Of(set.TestLabels)), ("head.weight", FeatureBlocks.Of(set.HeadWeight)), (HeadBias, FeatureBlocks.Of(set.HeadBias)),
            .. evaluation is null ? Array.Empty<(string, FeatureBlocks)>() : [(EvaluationFeatures, evaluation)],
            .. set.LossParameters.Select(p => (LossPrefix + p.Key, FeatureBlocks.Of(p.Value))),
        ];
        var metadata = new Dictionary<string, string> { ["train_ids"] = Json(set.TrainIds), ["test_ids"] = Json(set.TestIds) };
        if (set.Notes.Count > 0) metadata[NotesKey] = Json(set.Notes);
        SafeTensors.Write(path, [.. arrays.Select(a => (a.Item1, a.Item2.Form, a.Item2.Blocks))], metadata);
    }

    private static IReadOnlyList<string> Notes(FeatureArrays file, string path) =>
        [.. file.Has(HeadBias) ? [] : new[] { $"{path} has no \"{HeadBias}\"; the head's bias is zero." },
            .. file.Metadata.ContainsKey(NotesKey) ? new FeatureColumns(file, path).Texts(NotesKey, null)! : []];

    private static string Json(IReadOnlyList<string> texts) => JsonSerializer.Serialize(texts, FeatureJson.Default.IReadOnlyListString);

    private static bool StaysInFile(FeatureArrays file, FeatureNumbers numbers, long largestInMemory)
    {
        var form = numbers.Form(TrainFeatures);
        var size = TensorForm.SizeOf(FeatureNumbers.FloatOf(form) ?? form.Dtype);
        return file.HasRows(TrainFeatures) && form.Shape is [> 0, > 0] && TensorForm.Count(form.Shape) * size > largestInMemory;
    }

    private static string[] Default(string prefix, long count) => [.. Enumerable.Range(0, (int)count).Select(i => $"{prefix}/{i}")];
}
