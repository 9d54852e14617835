using Dml.Engine.Features;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>A trained model as arrays: features of both splits, the linear head <c>e = f W^T + b</c>, and the loss's parameters.</summary>
public sealed record ModelArrays
{
    /// <summary>(N, D), float32 or float64, finite.</summary>
    public required Tensor TrainingFeatures { get; init; }

    /// <summary>(N), int64, training classes from 0.</summary>
    public required Tensor TrainingLabels { get; init; }

    /// <summary>(M, D).</summary>
    public required Tensor TestFeatures { get; init; }

    /// <summary>(M), int64.</summary>
    public required Tensor TestLabels { get; init; }

    /// <summary>W, (E, D).</summary>
    public required Tensor HeadWeight { get; init; }

    /// <summary>b, (E); null for zeros.</summary>
    public Tensor? HeadBias { get; init; }

    /// <summary>Proxies of the loss, (C, E) or (C K, E); null for a loss without.</summary>
    public Tensor? Proxies { get; init; }

    /// <summary>N stable names; null for numbers.</summary>
    public IReadOnlyList<string>? TrainingIds { get; init; }

    /// <summary>M stable names; null for numbers.</summary>
    public IReadOnlyList<string>? TestIds { get; init; }

    /// <summary>Names of the classes by label; null for numbers.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Copies that share nothing with the caller's tensors but their memory.</summary>
    /// <exception cref="DmlException">An array has another shape or dtype than it must have, or is not finite.</exception>
    internal FeatureSet Checked()
    {
        var (n, d) = Size(nameof(TrainingFeatures), TrainingFeatures, 2) is [var rows, var columns] ? (rows, columns) : default;
        Require(nameof(TrainingLabels), TrainingLabels, [n], $"one for each of the {n} rows of {nameof(TrainingFeatures)}");
        var m = Size(nameof(TestFeatures), TestFeatures, 2)[0];
        Require(nameof(TestFeatures), TestFeatures, [m, d], $"as {nameof(TrainingFeatures)} has {d} columns");
        Require(nameof(TestLabels), TestLabels, [m], $"one for each of the {m} rows of {nameof(TestFeatures)}");
        var e = Size(nameof(HeadWeight), HeadWeight, 2)[0];
        Require(nameof(HeadWeight), HeadWeight, [e, d], $"as {nameof(TrainingFeatures)} has {d} columns");
        if (HeadBias is not null) Require(nameof(HeadBias), HeadBias, [e], $"as {nameof(HeadWeight)} has {e} rows");
        if (Proxies is not null) Require(nameof(Proxies), Proxies, [Size(nameof(Proxies), Proxies, 2)[0], e], $"as {nameof(HeadWeight)} has {e} rows");
        foreach (var (name, labels) in new[] { (nameof(TrainingLabels), TrainingLabels), (nameof(TestLabels), TestLabels) }) RequireLabels(name, labels);
        Ids(nameof(TrainingIds), TrainingIds, n);
        Ids(nameof(TestIds), TestIds, m);
        using var scope = NewDisposeScope();
        var loss = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        if (Proxies is not null) loss["proxies"] = Floats(nameof(Proxies), Proxies);
        return new(
            "the arrays", Floats(nameof(TrainingFeatures), TrainingFeatures), Own(TrainingLabels), Floats(nameof(TestFeatures), TestFeatures), Own(TestLabels),
            Floats(nameof(HeadWeight), HeadWeight), HeadBias is null ? Own(zeros(e, HeadWeight.dtype)) : Floats(nameof(HeadBias), HeadBias), loss,
            TrainingIds ?? [.. Enumerable.Range(0, (int)n).Select(i => $"train/{i}")], TestIds ?? [.. Enumerable.Range(0, (int)m).Select(i => $"test/{i}")]);
    }

    private static long[] Size(string name, Tensor tensor, int dimensions) => tensor.Dimensions == dimensions && tensor.numel() > 0 ? tensor.shape
        : throw new DmlException($"{name}: expected {dimensions} dimensions, none of them empty, found shape ({string.Join(", ", tensor.shape)}).");

    private static void Require(string name, Tensor tensor, long[] shape, string reason)
    {
        if (!tensor.shape.SequenceEqual(shape))
        {
            throw new DmlException($"{name}: expected shape ({string.Join(", ", shape)}), {reason}, found ({string.Join(", ", tensor.shape)}).");
        }
    }

    private static void RequireLabels(string name, Tensor labels)
    {
        if (labels.dtype != ScalarType.Int64) throw new DmlException($"{name}: expected int64, found {labels.dtype}; convert the labels.");
        if (labels.min().item<long>() is var least and < 0)
        {
            throw new DmlException($"{name}: expected class indices from 0, found {least}; number the classes from 0.");
        }

        if (labels.max().item<long>() is var most and >= int.MaxValue)
        {
            throw new DmlException($"{name}: expected class indices below {int.MaxValue}, found {most}; number the classes from 0.");
        }
    }

    private static void Ids(string name, IReadOnlyList<string>? ids, long count)
    {
        if (ids is not null && ids.Count != count) throw new DmlException($"{name}: expected {count} names, one a sample, found {ids.Count}.");
    }

    private static Tensor Floats(string name, Tensor tensor)
    {
        if (tensor.dtype is not (ScalarType.Float32 or ScalarType.Float64))
        {
            throw new DmlException($"{name}: expected float32 or float64, found {tensor.dtype}; convert it.");
        }

        if (!tensor.isfinite().all().item<bool>())
        {
            throw new DmlException($"{name}: expected finite numbers, found NaN or infinity; remove or mend those samples.");
        }

        return Own(tensor);
    }

    private static Tensor Own(Tensor tensor) => tensor.detach().cpu().contiguous().alias().DetachFromDisposeScope();
}
