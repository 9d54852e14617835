using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The published recursion (LiSSA, Agarwal et al., JMLR 2017, as used by Liu et al.): h = v, then for each training sample in order
/// <c>h = v + (1 - damping) h - (H_i h) / scale</c>; the result is <c>h / scale</c>. It is done in blocks at the speed of matrix products.
/// </summary>
/// <remarks>
/// <c>H_i h = u_i f_i^T</c> with <c>u_i = B_i (h f_i)</c> is rank one, so with d = 1 - damping, k steps into a block
/// <c>h_k = s_k v + d^k R - sum_{j &lt; k} d^(k-1-j) u_j f_j^T / scale</c>, where <c>s_(k+1) = 1 + d s_k</c> and R is the rest of h beside
/// v at the block's start. Inside the block only <c>h_k f_k</c> is needed: from <c>R F^T</c>, the low-rank <c>v f_k</c> and the Gram matrix of
/// the block's features. Powers of d are multiplied with and never divided by, so none overflows.
/// </remarks>
internal sealed class Lissa(MeanHessian hessian, IfOptions options, double scale)
{
    /// <summary>Samples of a block: enough that h is seldom read and written, few enough that the Gram matrix costs little.</summary>
    private const long BlockSize = 256;

    /// <summary>How many times what a bounded recursion can reach counts as divergence.</summary>
    private const double Growth = 1000;

    private readonly double _decay = 1 - options.Damping;

    /// <summary>The recursion for some targets.</summary>
    /// <param name="gradients">All targets.</param>
    /// <param name="first">The first of those to solve.</param>
    /// <param name="count">T, how many.</param>
    /// <param name="progress">Told after each block.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>h, (T, E, D).</returns>
    public Tensor Solve(TargetGradients gradients, int first, int count, Action<long> progress, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var items = cat([.. gradients.Features.Skip(first).Take(count)]);
        var own = gradients.Gradients.Skip(first).Take(count).ToList();
        var result = gradients.Dense(first, count);
        var bounds = result.square().sum([1, 2], type: float64).sqrt() * (Growth * Math.Min(hessian.Count, 1 / options.Damping));
        var rest = zeros_like(result).view(-1, items.shape[1]);
        var share = 1.0;
        foreach (var samples in SampleRange.Grid(hessian.Count, BlockSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            var features = hessian.Features(samples);
            using var curvature = hessian.At(samples);
            var powers = Powers(samples.Count + 1);
            var shares = new double[samples.Count];
            for (var j = 0; j < shares.Length; j++, share = 1 + (_decay * share)) shares[j] = share;
            var moves = samples.Start == 0 ? zeros([samples.Count, rest.shape[0]], dtype: rest.dtype, device: rest.device) : features.mm(rest.t()).mul_(Column(powers.AsSpan(0, shares.Length), rest));
            AddGradients(moves, features.mm(items.t()).mul_(Column(shares, rest)), own);
            var curved = empty_like(moves);
            Follow(new(0, samples.Count), moves, curved, Coupling(features, powers), curvature, count);
            RequireBounded(moves.view(samples.Count, count, -1), features, bounds, samples, cancellationToken);
            var weights = powers.AsSpan(0, shares.Length).ToArray().Reverse().Select(power => power / scale).ToArray();
            Fade(rest, powers[^1], curved.mul_(Column(weights, rest)), features);
            progress(samples.Start + samples.Count);
        }

        return result.mul_(share).add_(rest.view(result.shape)).div_(scale).MoveToOuterDisposeScope();
    }

    /// <summary>Adds <c>s_k v f_k</c> of each target to its columns of (m, T E).</summary>
    private static void AddGradients(Tensor moves, Tensor cross, List<Tensor> gradients)
    {
        var (row, column) = (0L, 0L);
        foreach (var gradient in gradients)
        {
            using var scope = NewDisposeScope();
            moves.narrow(1, column, gradient.shape[1]).add_(cross.narrow(1, row, gradient.shape[0]).mm(gradient));
            (row, column) = (row + gradient.shape[0], column + gradient.shape[1]);
        }
    }

    /// <summary>
    /// Runs through samples of a block in order: on return their rows of <paramref name="moves"/> hold the h_k f_k and those of
    /// <paramref name="curved"/> the u_k, both (m, T E). Halves within halves, so that nearly all of what samples do to later ones is matrix products.
    /// </summary>
    private static void Follow(SampleRange samples, Tensor moves, Tensor curved, Tensor coupling, ICurvatureBlock curvature, int targets)
    {
        if (samples.Count == 1)
        {
            using var stepScope = NewDisposeScope();
            Rows(curved, samples).copy_(curvature.Multiply(samples, Rows(moves, samples).view(1, targets, -1)).view(1, -1));
            return;
        }

        var first = samples with { Count = samples.Count / 2 };
        var second = new SampleRange(first.Start + first.Count, samples.Count - first.Count);
        Follow(first, moves, curved, coupling, curvature, targets);
        using (NewDisposeScope()) Rows(moves, second).addmm_(Rows(coupling, second).narrow(1, first.Start, first.Count), Rows(curved, first), beta: 1, alpha: -1);
        Follow(second, moves, curved, coupling, curvature, targets);
    }

    private static Tensor Rows(Tensor values, SampleRange samples) => values.narrow(0, samples.Start, samples.Count);

    /// <summary>rest &lt;- power rest - curved^T features.</summary>
    private static void Fade(Tensor rest, double power, Tensor curved, Tensor features)
    {
        // TorchSharp takes the factors of a product as floats, which rounds them for float64; for float32 they save a pass over the rest.
        var isExact = rest.dtype == float32;
        if (!isExact) rest.mul_(power);
        rest.addmm_(curved.t(), features, beta: isExact ? (float)power : 1, alpha: -1);
    }

    /// <summary>(m, m): by how much u_j at step j takes from h_k f_k, <c>d^(k-1-j) f_j.f_k / scale</c> for j &lt; k.</summary>
    private Tensor Coupling(Tensor features, double[] powers)
    {
        using var scope = NewDisposeScope();
        var count = (int)features.shape[0];
        var weights = new double[count * count];
        for (var k = 1; k < count; k++)
        {
            for (var j = 0; j < k; j++) weights[(k * count) + j] = powers[k - 1 - j] / scale;
        }

        return (features.mm(features.t()) * tensor(weights, [count, count]).to(features.dtype).to(features.device)).MoveToOuterDisposeScope();
    }

    /// <summary>A bounded h cannot move an embedding further than its norm times that of the features.</summary>
    private void RequireBounded(Tensor moves, Tensor features, Tensor bounds, SampleRange samples, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var largest = moves.square().sum(2, type: float64).amax([0]).sqrt();
        var limit = bounds * features.square().sum(1, type: float64).amax([0]).sqrt();
        if ((largest <= limit).all().item<bool>()) return;
        var sufficient = Math.Max(LissaScale.Of(hessian, options.Damping, cancellationToken), scale * 1.5);
        throw new DmlException(FormattableString.Invariant(
            $"estimator.scale: expected a scale at which the recursion stays bounded, found that it diverges with {scale:G4} within training samples {samples.Start} to {samples.Start + samples.Count - 1}; set estimator.scale to at least {sufficient:G4}, or leave it out."));
    }

    /// <summary>d^0 .. d^(count - 1).</summary>
    private double[] Powers(long count) => [.. Enumerable.Range(0, (int)count).Select(k => Math.Pow(_decay, k))];

    private static Tensor Column(ReadOnlySpan<double> values, Tensor like) => tensor(values.ToArray(), [values.Length, 1]).to(like.dtype).to(like.device);
}
