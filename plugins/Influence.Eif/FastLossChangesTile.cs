using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>How a walk of one target moves the samples of a block.</summary>
/// <param name="Cross">K = F_G F^T, (r, n).</param>
/// <param name="Linear">2 C e of each sample, (r, n).</param>
/// <param name="Gram">C C^T, (r, r).</param>
/// <param name="Proxies">C n(p), (r, P).</param>
internal readonly record struct SampleMove(Tensor Cross, Tensor Linear, Tensor Gram, Tensor Proxies);

/// <summary>Some samples of a block, so few that their cosines stay in the processor's cache while the changes of all targets are formed.</summary>
internal sealed class FastLossChangesTile : IDisposable
{
    /// <summary>Most elements of a matrix of cosines.</summary>
    private const long Elements = 1 << 17;

    private const double LeastNorm = 1e-12;

    private readonly SampleRange _samples;
    private readonly Tensor _squaredNorms;
    private readonly Tensor _norms;
    private readonly Tensor _cosines;
    private readonly ILossAtCosines _loss;

    /// <param name="loss">The loss.</param>
    /// <param name="embeddings">(m, E).</param>
    /// <param name="labels">(m).</param>
    /// <param name="unitProxies">(P, E).</param>
    /// <param name="samples">Where they lie in their block.</param>
    public FastLossChangesTile(IProxyLoss loss, Tensor embeddings, Tensor labels, Tensor unitProxies, SampleRange samples)
    {
        using var scope = NewDisposeScope();
        _samples = samples;
        _squaredNorms = embeddings.square().sum(1).DetachFromDisposeScope();
        _norms = _squaredNorms.sqrt().clamp_min(LeastNorm).DetachFromDisposeScope();
        _cosines = embeddings.mm(unitProxies.t()).div_(_norms.unsqueeze(1)).DetachFromDisposeScope();
        _loss = loss.At(_cosines, labels);
    }

    public static long Rows(long proxies) => Math.Max(32, Elements / proxies);

    /// <summary>Adds the change of the losses, times a factor, to the harm of the block's samples.</summary>
    public void AddHarm(Tensor harm, SampleMove move, double factor)
    {
        using var scope = NewDisposeScope();
        var cross = move.Cross.narrow(1, _samples.Start, _samples.Count);
        var squaredNormChange = (move.Linear.narrow(1, _samples.Start, _samples.Count) + move.Gram.mm(cross)).mul_(cross).sum(dim: 0);
        var newNorms = (_squaredNorms + squaredNormChange).clamp_min_(0).sqrt_().clamp_min_(LeastNorm);
        var normChange = squaredNormChange.div_(newNorms + _norms);
        var cosineChange = cross.t().mm(move.Proxies).addcmul_(_cosines, normChange.unsqueeze(1), value: -1).div_(newNorms.unsqueeze(1));
        harm.narrow(0, _samples.Start, _samples.Count).add_(_loss.Change(cosineChange), alpha: factor);
    }

    public void Dispose()
    {
        _loss.Dispose();
        _squaredNorms.Dispose();
        _norms.Dispose();
        _cosines.Dispose();
    }
}
