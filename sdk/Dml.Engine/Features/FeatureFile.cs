using System.Text.Json;
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

        var set = new FeatureSet(
            path, train, trainLabels, test, testLabels, weight, bias, loss,
            Ids(file, path, "train_ids", train.shape[0]) ?? Default("train", train.shape[0]),
            Ids(file, path, "test_ids", test.shape[0]) ?? Default("test", test.shape[0]))
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
        var numbers = new FeatureNumbers(file, path);
        var (train, trainLabels) = Split("train");
        var (test, testLabels) = Split("test");
        return new(train, trainLabels, test, testLabels, classNames) { Notes = Notes(file, path) };

        (IReadOnlyList<string> Ids, long[] Labels) Split(string split)
        {
            var count = numbers.Form($"{split}_features").Shape[0];
            return (Ids(file, path, $"{split}_ids", count) ?? Default(split, count), numbers.Labels($"{split}_labels", count).data<long>().ToArray());
        }
    }

    /// <summary>Writes a features file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">What to write.</param>
    public static void Write(string path, FeatureSet set)
    {
        List<(string, Tensor)> tensors =
        [
            (TrainFeatures, set.TrainFeatures), ("train_labels", set.TrainLabels), ("test_features", set.TestFeatures), ("test_labels", set.TestLabels),
            ("head.weight", set.HeadWeight), (HeadBias, set.HeadBias),
            .. set.EvaluationFeatures is { } evaluation ? [(EvaluationFeatures, evaluation)] : Array.Empty<(string, Tensor)>(),
            .. set.LossParameters.Select(p => (LossPrefix + p.Key, p.Value)),
        ];
        SafeTensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["train_ids"] = JsonSerializer.Serialize(set.TrainIds, FeatureJson.Default.IReadOnlyListString),
            ["test_ids"] = JsonSerializer.Serialize(set.TestIds, FeatureJson.Default.IReadOnlyListString),
        });
    }

    private static IReadOnlyList<string> Notes(FeatureArrays file, string path) =>
        file.Has(HeadBias) ? [] : [$"{path} has no \"{HeadBias}\"; the head's bias is zero."];

    private static bool StaysInFile(FeatureArrays file, FeatureNumbers numbers, long largestInMemory)
    {
        var form = numbers.Form(TrainFeatures);
        var size = TensorForm.SizeOf(FeatureNumbers.FloatOf(form) ?? form.Dtype);
        return file.HasRows(TrainFeatures) && form.Shape is [> 0, > 0] && TensorForm.Count(form.Shape) * size > largestInMemory;
    }

    private static IReadOnlyList<string>? Ids(FeatureArrays file, string path, string name, long count)
    {
        var metadata = file.Metadata.TryGetValue(name, out var text);
        var folder = Directory.Exists(path);
        var source = metadata ? path : folder ? Path.Combine(path, name + ".json") : path + FeatureArrays.IdsSuffix;
        if (!metadata && !File.Exists(source)) return null;
        try
        {
            var ids = metadata ? JsonSerializer.Deserialize(text!, FeatureJson.Default.IReadOnlyListString)
                : folder ? JsonSerializer.Deserialize(InputFile.ReadText(source), FeatureJson.Default.IReadOnlyListString)
                : JsonSerializer.Deserialize(InputFile.ReadText(source), FeatureJson.Default.DictionaryStringIReadOnlyListString)?.GetValueOrDefault(name);
            if (ids?.Contains(null!) == true) throw new JsonException();
            return ids is null || ids.Count == count ? ids
                : throw new DmlException($"{source}: expected {count} {name}, found {ids.Count}; give one for each sample.");
        }
        catch (JsonException error)
        {
            throw new DmlException($"{source}: expected {name} as a JSON list of texts, found something else; correct it or leave it out.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"Expected to read {source}, but the system refused ({error.Message.TrimEnd('.')}); check its permissions.", error);
        }
    }

    private static string[] Default(string prefix, long count) => [.. Enumerable.Range(0, (int)count).Select(i => $"{prefix}/{i}")];
}
