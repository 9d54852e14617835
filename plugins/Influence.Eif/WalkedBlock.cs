using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>What one walk of all targets does to a block of samples: small matrices with a row an item.</summary>
/// <param name="coefficients">C of all targets, (R, E).</param>
/// <param name="cross">K = F_G F^T, (R, n).</param>
/// <param name="embeddings">(n, E).</param>
/// <param name="unitProxies">(P, E).</param>
internal sealed class WalkedBlock(Tensor coefficients, Tensor cross, Tensor embeddings, Tensor unitProxies)
{
    /// <summary>2 C e of each sample, (R, n).</summary>
    public Tensor Linear { get; } = coefficients.mm(embeddings.t()).mul_(2);

    /// <summary>C n(p), (R, P).</summary>
    public Tensor Proxies { get; } = coefficients.mm(unitProxies.t());

    /// <summary>C C^T of a target's rows, row-major (r, r).</summary>
    public double[] Gram(long first, long count)
    {
        using var scope = NewDisposeScope();
        var own = coefficients.narrow(0, first, count).to(float64);
        return own.mm(own.t()).data<double>().ToArray();
    }

    /// <summary>The rows of a target.</summary>
    public SampleMove Of(long first, long count)
    {
        var own = coefficients.narrow(0, first, count);
        return new(cross.narrow(0, first, count), Linear.narrow(0, first, count), own.mm(own.t()), Proxies.narrow(0, first, count));
    }
}
