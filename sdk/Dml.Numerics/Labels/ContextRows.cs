using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Rows of all training samples of a context in float64, made block by block: what scorers compare samples by.</summary>
public static class ContextRows
{
    private const long AtOnce = 4096;

    /// <summary>Embeddings <c>f W^T + b</c>.</summary>
    /// <param name="context">The model.</param>
    /// <returns>(N, E), float64, on the CPU.</returns>
    public static Tensor Embeddings(InfluenceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        var (weight, bias) = (context.HeadWeight.to(float64).cpu().t(), context.HeadBias.to(float64).cpu());
        return Fill(context, weight.shape[1], rows => rows.mm(weight) + bias).MoveToOuterDisposeScope();
    }

    /// <summary>Features, as the backbone gives them.</summary>
    /// <param name="context">The model.</param>
    /// <returns>(N, D), float64, on the CPU.</returns>
    public static Tensor Features(InfluenceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Fill(context, context.TrainFeatures.shape[1], rows => rows);
    }

    /// <summary>Labels.</summary>
    /// <param name="context">The model.</param>
    public static long[] Labels(InfluenceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        return context.TrainLabels.cpu().Values<long>();
    }

    private static Tensor Fill(InfluenceContext context, long size, Func<Tensor, Tensor> rows)
    {
        using var noGradient = no_grad();
        var filled = empty(context.TrainCount, size, float64);
        foreach (var block in SampleRange.Grid(context.TrainCount, AtOnce))
        {
            using var scope = NewDisposeScope();
            filled.narrow(0, block.Start, block.Count).copy_(rows(context.TrainFeaturesAt(block).to(float64).cpu()));
        }

        return filled;
    }
}
