using Dml.Numerics;
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

    private readonly SampleRange _samples;
    private readonly Tensor _squaredNorms;
    private readonly Tensor _norms;
    private readonly Tensor _cosines;
    private readonly Tensor _labels;
    private readonly ILossAtCosines _loss;
    private SoftmaxMoves? _moves;

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
        _norms = _squaredNorms.sqrt().clamp_min(UnitRows.LeastNorm).DetachFromDisposeScope();
        _cosines = embeddings.mm(unitProxies.t()).div_(_norms.unsqueeze(1)).DetachFromDisposeScope();
        _labels = labels.alias().DetachFromDisposeScope();
        _loss = loss.At(_cosines, _labels);
    }

    public static long Rows(long proxies) => Math.Max(32, Elements / proxies);

    /// <summary>Adds the harm of the tile's samples.</summary>
    /// <param name="harm">(T, n) of the block.</param>
    /// <param name="walked">The targets.</param>
    /// <param name="cross">K = F_G F^T of the block, (R, n).</param>
    /// <param name="walks">What each walk does to the block.</param>
    public void AddHarm(Tensor harm, WalkedTargets walked, Tensor cross, IReadOnlyList<WalkedBlock> walks)
    {
        if (_loss is SoftmaxAtCosines softmax && harm.dtype == float32 && harm.device_type == TorchSharp.DeviceType.CPU && _samples.Count == harm.shape[1])
        {
            (_moves ??= new(softmax, _cosines, _squaredNorms, _labels)).AddHarm(harm, walked, cross, walks);
            return;
        }

        // Samples outside, targets inside: what a tile knows of its samples then stays in the processor's cache.
        foreach (var (target, (first, count)) in walked.Rows.Index())
        {
            using var scope = NewDisposeScope();
            var row = harm[target];
            foreach (var (walk, block) in walks.Index()) AddHarm(row, block.Of(first, count), walked.Factor(target, walk));
        }
    }

    private void AddHarm(Tensor harm, SampleMove move, double factor)
    {
        using var scope = NewDisposeScope();
        var cross = move.Cross.narrow(1, _samples.Start, _samples.Count);
        var squaredNormChange = (move.Linear.narrow(1, _samples.Start, _samples.Count) + move.Gram.mm(cross)).mul_(cross).sum(dim: 0);
        var newNorms = (_squaredNorms + squaredNormChange).clamp_min_(0).sqrt_().clamp_min_(UnitRows.LeastNorm);
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
        _labels.Dispose();
    }
}
