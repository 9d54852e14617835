using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Parameters as a training from the beginning starts with them, from a seed alone.</summary>
internal static class FreshParameters
{
    /// <summary>Separates them from other draws of the seed.</summary>
    private const long Stream = -8;

    /// <summary>
    /// W from a uniform distribution within <c>1 / sqrt(D)</c> of 0, as torch begins a linear layer, and proxies normal with the variance <c>2 / P</c>, as
    /// losses of proxy cosines begin with them.
    /// </summary>
    /// <param name="parameters">W (E, D), then the proxies (P, E) if they move; their shapes count alone.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <returns>float64 on the devices of the parameters.</returns>
    public static IEnumerable<Tensor> Like(IReadOnlyList<Tensor> parameters, int seed)
    {
        foreach (var (k, parameter) in parameters.Index())
        {
            var random = new CounterRandom(seed, Stream, k);
            var bound = 1 / Math.Sqrt(parameter.shape[1]);
            var deviation = Math.Sqrt(2.0 / parameter.shape[0]);
            double[] drawn = [.. Enumerable.Range(0, (int)parameter.numel())
                .Select(_ => k == 0 ? random.NextBetween(-bound, bound) : deviation * random.NextNormal())];
            yield return tensor(drawn, parameter.shape, device: parameter.device);
        }
    }
}
