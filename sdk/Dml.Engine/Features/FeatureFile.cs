using System.Text.Json;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>
/// Reads and writes a features file (safetensors; a folder of .npy files is read too): train_features (N, D), train_labels (N), test_features (M, D),
/// test_labels (M), head.weight (E, D), head.bias (E), loss.* (the loss's parameters), test_features_evaluation (M, D) where the evaluation view is
/// another one; train_ids and test_ids as JSON lists in the metadata or in
/// <c>FILE.ids.json</c> beside it.
/// </summary>
internal static class FeatureFile
{
    private const string LossPrefix = "loss.";
    private const long CheckedAtOnce = 1 << 20;

    /// <summary>
    /// Bytes of the largest training features that are read into memory as a whole; larger ones stay in their file and are read block by block.
    /// </summary>
    private const long LargestInMemory = 256L << 20;

    private const string TrainFeatures = "train_features";
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
        var staysInFile = StaysInFile(file, path, largestInMemory);
        var train = Floats(file, path, TrainFeatures, 2, staysInFile);
        var test = Floats(file, path, "test_features", 2);
        var weight = Floats(file, path, "head.weight", 2);
        var bias = Floats(file, path, "head.bias", 1);
        var trainLabels = Labels(file, path, "train_labels", train.shape[0]);
        var testLabels = Labels(file, path, "test_labels", test.shape[0]);
        RequireSize(path, "test_features", "columns", train.shape[1], test.shape[1], "as train_features has");
        RequireSize(path, "head.weight", "columns", train.shape[1], weight.shape[1], "as train_features has");
        RequireSize(path, "head.bias", "values", weight.shape[0], bias.shape[0], "as head.weight has rows");
        var loss = file.Entries.Keys.Where(name => name.StartsWith(LossPrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ToDictionary(name => name[LossPrefix.Length..], name => Floats(file, path, name, null), StringComparer.Ordinal);
        var evaluation = file.Entries.ContainsKey(EvaluationFeatures) ? Floats(file, path, EvaluationFeatures, 2) : null;
        if (evaluation is not null)
        {
            RequireSize(path, EvaluationFeatures, "rows", test.shape[0], evaluation.shape[0], "as test_features has");
            RequireSize(path, EvaluationFeatures, "columns", train.shape[1], evaluation.shape[1], "as train_features has");
        }

        var set = new FeatureSet(
            path, train, trainLabels, test, testLabels, weight, bias, loss,
            Ids(file, path, "train_ids", train.shape[0]) ?? Default("train", train.shape[0]),
            Ids(file, path, "test_ids", test.shape[0]) ?? Default("test", test.shape[0]))
        {
            EvaluationFeatures = evaluation?.DetachFromDisposeScope(),
            ReadTrainFeatures = staysInFile ? samples => file.Rows(TrainFeatures, samples.Start, samples.Count) : null,
            Held = staysInFile ? file : null,
        };
        foreach (var tensor in loss.Values.Concat([train, trainLabels, test, testLabels, weight, bias])) tensor.DetachFromDisposeScope();
        return set;
    }

    /// <summary>Reads what lists show of the training samples, and no features.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">The labels are missing or malformed.</exception>
    public static TrainingSamples ReadTrainingSamples(string path)
    {
        using var scope = NewDisposeScope();
        using var file = FeatureArrays.Open(path);
        var count = Entry(file, path, TrainFeatures).Shape[0];
        return new(Ids(file, path, "train_ids", count) ?? Default("train", count), Labels(file, path, "train_labels", count).data<long>().ToArray());
    }

    /// <summary>Writes a features file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">What to write.</param>
    public static void Write(string path, FeatureSet set)
    {
        List<(string, Tensor)> tensors =
        [
            (TrainFeatures, set.TrainFeatures), ("train_labels", set.TrainLabels), ("test_features", set.TestFeatures), ("test_labels", set.TestLabels),
            ("head.weight", set.HeadWeight), ("head.bias", set.HeadBias),
            .. set.EvaluationFeatures is { } evaluation ? [(EvaluationFeatures, evaluation)] : Array.Empty<(string, Tensor)>(),
            .. set.LossParameters.Select(p => (LossPrefix + p.Key, p.Value)),
        ];
        SafeTensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["train_ids"] = JsonSerializer.Serialize(set.TrainIds, FeatureJson.Default.IReadOnlyListString),
            ["test_ids"] = JsonSerializer.Serialize(set.TestIds, FeatureJson.Default.IReadOnlyListString),
        });
    }

    private static bool StaysInFile(FeatureArrays file, string path, long largestInMemory)
    {
        var form = Entry(file, path, TrainFeatures);
        return file.HasRows(TrainFeatures) && TensorForm.Count(form.Shape) * TensorForm.SizeOf(form.Dtype) > largestInMemory;
    }

    private static Tensor Floats(FeatureArrays file, string path, string name, int? dimensions, bool staysInFile = false)
    {
        var entry = Entry(file, path, name);
        if (entry.Dtype is not (ScalarType.Float32 or ScalarType.Float64))
        {
            throw new DmlException($"{path}: expected \"{name}\" as float32 or float64, found {entry.Dtype}; convert it.");
        }

        RequireDimensions(path, name, entry, dimensions);
        var tensor = staysInFile ? file.Map(name) : file.Load(name);
        if (staysInFile)
        {
            RequireFinite(
                rows => file.Rows(name, rows.Start, rows.Count).view(-1), entry.Shape[0], TensorForm.Count([.. entry.Shape.Skip(1)]), path, name, entry);
        }
        else
        {
            using var values = tensor.view(-1);
            RequireFinite(part => values.narrow(0, part.Start, part.Count), values.numel(), 1, path, name, entry);
        }

        return tensor;
    }

    /// <summary>In pieces: a mask of all elements would be a quarter of the features.</summary>
    private static void RequireFinite(Func<SampleRange, Tensor> rows, long count, long row, string path, string name, TensorForm entry)
    {
        foreach (var block in SampleRange.Grid(count, Math.Max(1, CheckedAtOnce / row)))
        {
            using var piece = NewDisposeScope();
            var part = rows(block);
            var finite = part.isfinite();
            if (finite.all().item<bool>()) continue;
            var first = (block.Start * row) + finite.logical_not().nonzero()[0].item<long>();
            throw new DmlException($"{path}: expected finite numbers in \"{name}\", "
                + $"found {(part.isnan().any().item<bool>() ? "NaN" : "infinity")} (first at {Position(first, entry.Shape)}); remove or mend those samples.");
        }
    }

    private static Tensor Labels(FeatureArrays file, string path, string name, long count)
    {
        var entry = Entry(file, path, name);
        if (entry.Dtype is not (ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 or ScalarType.Byte))
        {
            throw new DmlException($"{path}: expected \"{name}\" as integers, found {entry.Dtype}; convert it.");
        }

        RequireDimensions(path, name, entry, 1);
        RequireSize(path, name, "values", count, entry.Shape[0], $"one for each row of {name.Replace("labels", "features", StringComparison.Ordinal)}");
        var labels = file.Load(name).to(int64);
        if (labels.min().item<long>() is var least and < 0)
        {
            throw new DmlException($"{path}: expected class indices from 0 in \"{name}\", found {least}; number the classes from 0.");
        }

        if (labels.max().item<long>() is var most and >= int.MaxValue)
        {
            throw new DmlException($"{path}: expected class indices below {int.MaxValue} in \"{name}\", found {most}; number the classes from 0.");
        }

        return labels;
    }

    private static TensorForm Entry(FeatureArrays file, string path, string name) => file.Entries.TryGetValue(name, out var entry) ? entry
        : throw new DmlException($"{path}: expected a tensor \"{name}\", "
            + $"found {(file.Entries.Count == 0 ? "none" : "only " + string.Join(", ", file.Entries.Keys.Order(StringComparer.Ordinal)))}; add it.");

    private static void RequireDimensions(string path, string name, TensorForm entry, int? dimensions)
    {
        if ((dimensions is { } wanted && entry.Shape.Count != wanted) || entry.Shape.Contains(0))
        {
            throw new DmlException($"{path}: expected \"{name}\" with {dimensions?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "its"} "
                + $"dimension{(dimensions == 1 ? "" : "s")}, none of them empty, found shape ({string.Join(", ", entry.Shape)}).");
        }
    }

    private static void RequireSize(string path, string name, string what, long expected, long found, string reason)
    {
        if (expected != found)
        {
            throw new DmlException($"{path}: expected \"{name}\" with {expected} {what}, {reason}, found {found}; the arrays must come from one model.");
        }
    }

    private static string Position(long flat, IReadOnlyList<long> shape)
    {
        if (shape.Count == 0) return "its one value";
        var position = new long[shape.Count];
        for (var i = shape.Count - 1; i >= 0; i--) (position[i], flat) = (flat % shape[i], flat / shape[i]);
        return position.Length == 1 ? $"index {position[0]}" : $"row {position[0]}, column {string.Join(", ", position[1..])}";
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
