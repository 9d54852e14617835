using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>Gradients in W by the definition: the whole (E, D) matrix by automatic differentiation, row-major, in float64.</summary>
internal static class PlainGradients
{
    /// <summary>dd/dW of a confusion.</summary>
    public static double[] OfDistance(InfluenceContext context, Confusion confusion) => InWeight(context, weight =>
    {
        var unit = nn.functional.normalize(Embed(context, context.TestFeatures, weight), dim: 1);
        return confusion.Pairs.Select(p => (unit[p.Anchor] - unit[p.Neighbour]).square().sum()).Aggregate((a, b) => a + b) / confusion.Pairs.Count;
    });

    /// <summary>dl_i/dW of a training sample.</summary>
    public static double[] OfLoss(InfluenceContext context, int sample) => InWeight(context, weight =>
        context.Loss.PerSample(Embed(context, context.TrainFeatures.narrow(0, sample, 1), weight), context.TrainLabels.narrow(0, sample, 1)).sum());

    /// <summary>Their product, one number at a time.</summary>
    public static double Product(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static double[] InWeight(InfluenceContext context, Func<Tensor, Tensor> value)
    {
        using var scope = NewDisposeScope();
        var weight = context.HeadWeight.to(float64).detach().clone().requires_grad_();
        value(weight).backward();
        return weight.grad!.data<double>().ToArray();
    }

    private static Tensor Embed(InfluenceContext context, Tensor features, Tensor weight) => features.to(float64).mm(weight.t()) + context.HeadBias.to(float64);
}
