using Dml.Numerics;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>A trained model as arrays: cached features of both splits, the head and the loss's parameters. All that explaining needs.</summary>
/// <param name="Source">Where it came from, for messages.</param>
/// <param name="TrainFeatures">
/// (N, D), float32 or float64, on the CPU, never written to; where <see cref="ReadTrainFeatures"/> is set its values stay in the file, in the
/// dtype that they have there, and nothing reads them here but by <see cref="TrainRows"/>.
/// </param>
/// <param name="TrainLabels">(N), int64, from 0.</param>
/// <param name="TestFeatures">(M, D).</param>
/// <param name="TestLabels">(M), int64.</param>
/// <param name="HeadWeight">W, (E, D).</param>
/// <param name="HeadBias">b, (E).</param>
/// <param name="LossParameters">The loss's parameters by name, for example <c>proxies</c>.</param>
/// <param name="TrainIds">N stable names.</param>
/// <param name="TestIds">M stable names.</param>
internal sealed record FeatureSet(
    string Source,
    Tensor TrainFeatures,
    Tensor TrainLabels,
    Tensor TestFeatures,
    Tensor TestLabels,
    Tensor HeadWeight,
    Tensor HeadBias,
    IReadOnlyDictionary<string, Tensor> LossParameters,
    IReadOnlyList<string> TrainIds,
    IReadOnlyList<string> TestIds) : IDisposable
{
    /// <summary>
    /// (M, D), the test items seen through the evaluation view (cropped), where that is another view than the one above, which
    /// explains; null where both views are the same or the file holds only one. Owned by this set.
    /// </summary>
    public Tensor? EvaluationFeatures { get; init; }

    /// <summary>What the user should know of the file, in whole sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// Reads rows of the training features, float32 or float64, checked against the file's length; null where <see cref="TrainFeatures"/> has
    /// them in memory.
    /// </summary>
    public Func<SampleRange, Tensor>? ReadTrainFeatures { get; init; }

    /// <summary>What is to be closed with this set, or null.</summary>
    public IDisposable? Held { get; init; }

    private const long EmbeddedAtOnce = 4096;

    /// <summary>Names and labels of the samples.</summary>
    /// <param name="classNames">Name of each class; null where they are not known.</param>
    public SampleNames Names(IReadOnlyList<string>? classNames) =>
        new(TrainIds, TrainLabels.Values<long>(), TestIds, TestLabels.Values<long>(), classNames) { Notes = Notes };

    /// <summary>N.</summary>
    public int TrainCount => (int)TrainFeatures.shape[0];

    /// <summary>M.</summary>
    public int TestCount => (int)TestFeatures.shape[0];

    /// <summary>E.</summary>
    public int EmbeddingSize => (int)HeadWeight.shape[0];

    /// <summary>Number of training classes that the labels need: the largest label + 1.</summary>
    public int LabelledClassCount => (int)TrainLabels.max().item<long>() + 1;

    /// <summary>Features of a block of training samples, (n, D), float32 or float64.</summary>
    /// <param name="samples">Lies within the training samples.</param>
    /// <exception cref="DmlException">The file has been cut short.</exception>
    public Tensor TrainRows(SampleRange samples) => ReadTrainFeatures?.Invoke(samples) ?? TrainFeatures.narrow(0, samples.Start, samples.Count);

    /// <summary>Features of some training samples in the order given, (n, D), float32 or float64.</summary>
    /// <param name="samples">Training indices.</param>
    /// <exception cref="DmlException">The file has been cut short.</exception>
    public Tensor TrainRowsAt(IReadOnlyList<long> samples)
    {
        if (ReadTrainFeatures is null) return TrainFeatures.index_select(0, tensor([.. samples]));
        using var scope = NewDisposeScope();
        return cat([.. samples.Select(i => TrainRows(new(i, 1)))]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Training features of a dtype, and what reads them so block by block where they stay in the file: then the features themselves keep
    /// the file's dtype, since a converted copy of all would not fit.
    /// </summary>
    /// <param name="precision">float32 or float64.</param>
    public (Tensor Features, Func<SampleRange, Tensor>? Read) TrainFeaturesAs(ScalarType precision)
    {
        if (ReadTrainFeatures is not { } read) return (TrainFeatures.to(precision), null);
        if (TrainFeatures.dtype == precision) return (TrainFeatures, read);
        return (TrainFeatures, Converted);

        Tensor Converted(SampleRange samples)
        {
            using var rows = read(samples);
            return TensorBytes.ConvertRows(rows, precision, samples.Start);
        }
    }

    /// <summary>Embeddings of the test items in float64, (M, E): what neighbours are searched with.</summary>
    public Tensor TestEmbeddings() => Embed(TestFeatures);

    /// <summary>Embeddings of the training samples in float64, (N, E).</summary>
    public Tensor TrainEmbeddings() => Embed(TrainCount, TrainRows);

    /// <summary>Embeddings of the test items seen through the evaluation view in float64, (M, E).</summary>
    /// <exception cref="InvalidOperationException">There is no other view.</exception>
    public Tensor EvaluationEmbeddings() => Embed(EvaluationFeatures ?? throw new InvalidOperationException("Both views are the same."));

    /// <summary>Embeddings of given features in float64, (n, E).</summary>
    /// <param name="features">(n, D).</param>
    public Tensor Embed(Tensor features) => Embed(features.shape[0], block => features.narrow(0, block.Start, block.Count));

    /// <summary>Row by block of rows: float64 copies of all features at once would be the largest tensors of a whole run.</summary>
    private Tensor Embed(long count, Func<SampleRange, Tensor> rows)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (weight, bias) = (HeadWeight.to(float64).t(), HeadBias.to(float64));
        var embeddings = empty(count, weight.shape[1], float64);
        foreach (var block in SampleRange.Grid(count, EmbeddedAtOnce))
        {
            using var blockScope = NewDisposeScope();
            embeddings.narrow(0, block.Start, block.Count).copy_(rows(block).to(float64).mm(weight) + bias);
        }

        return embeddings.MoveToOuterDisposeScope();
    }

    /// <summary>The same features with another head and other training labels.</summary>
    /// <param name="headWeight">(E, D); handed over.</param>
    /// <param name="trainLabels">(N), int64; handed over.</param>
    public FeatureSet With(Tensor headWeight, Tensor trainLabels)
    {
        using var scope = NewDisposeScope();
        return this with
        {
            Held = null,
            TrainFeatures = Shared(TrainFeatures),
            TrainLabels = trainLabels.DetachFromDisposeScope(),
            TestFeatures = Shared(TestFeatures),
            TestLabels = Shared(TestLabels),
            HeadWeight = headWeight.DetachFromDisposeScope(),
            HeadBias = Shared(HeadBias),
            LossParameters = LossParameters.ToDictionary(p => p.Key, p => Shared(p.Value), StringComparer.Ordinal),
            EvaluationFeatures = EvaluationFeatures is null ? null : Shared(EvaluationFeatures),
        };

        static Tensor Shared(Tensor tensor) => tensor.alias().DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in LossParameters.Values.Concat([TrainFeatures, TrainLabels, TestFeatures, TestLabels, HeadWeight, HeadBias])) tensor.Dispose();
        EvaluationFeatures?.Dispose();
        Held?.Dispose();
    }
}
