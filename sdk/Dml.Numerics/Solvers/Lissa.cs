using System.Globalization;
using static TorchSharp.torch;

namespace Dml.Numerics;

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
public static class Lissa
{
    /// <summary>Samples of a block: enough that h is seldom read and written, few enough that the Gram matrix costs little.</summary>
    private const long BlockSize = 256;

    /// <summary>How many times what a bounded recursion can reach counts as divergence.</summary>
    private const double Growth = 1000;

    /// <summary>The recursion for some targets: one pass over the training samples in their order.</summary>
    /// <param name="hessian">The Hessians of the training samples.</param>
    /// <param name="targets">v of T targets, E x D, the Hessian's precision.</param>
    /// <param name="options">Damping and scale.</param>
    /// <param name="progress">Receives the number of samples done after each block.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <returns>h, (T, E, D). It solves no system to a residual; the certificates' note says what it aims at.</returns>
    /// <exception cref="SolverException">The recursion diverges; it holds a scale that suffices.</exception>
    public static LinearSolutions Solve(
        HeadHessian hessian, IReadOnlyList<LowRankMatrix> targets, LissaOptions options, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hessian);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(options);
        var damping = Checked(options.Damping);
        var scale = options.Scale ?? LeastScale(hessian, damping, cancellationToken);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        var solutions = new Recursion(hessian, damping, scale, progress, cancellationToken).Run(targets);
        var note = string.Create(
            CultureInfo.InvariantCulture,
            $"scale {scale:G4}; one pass that forgets with {1 - damping:G4} a step, so it solves no system to a residual; "
                + $"it aims at lambda = damping x scale = {damping * scale:G4}");
        return new(solutions, [.. Enumerable.Repeat(new SolverCertificate("lissa", (int)hessian.Count, null, null, note), targets.Count)]);
    }

    /// <summary>The least scale at which the recursion stays bounded, by power iteration; always above 0.</summary>
    /// <param name="hessian">The Hessians of the training samples.</param>
    /// <param name="damping">What is taken off h at each sample, from 0 up to but not including 1.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    public static double LeastScale(HeadHessian hessian, double damping, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hessian);
        return LissaScale.Of(hessian, Checked(damping), cancellationToken);
    }

    private static double Checked(double damping) =>
        damping is >= 0 and < 1
            ? damping
            : throw new ArgumentOutOfRangeException(nameof(damping), damping, "Expected a damping from 0 up to but not including 1.");

    private sealed class Recursion(HeadHessian hessian, double damping, double scale, IProgress<ProgressReport>? progress, CancellationToken cancellationToken)
    {
        private readonly double _decay = 1 - damping;

        public Tensor Run(IReadOnlyList<LowRankMatrix> targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var items = cat([.. targets.Select(t => t.Right)]);
            var result = LowRankMatrix.Dense(targets);
            var bounds = result.square().sum([1, 2], type: float64).sqrt() * (Growth * Math.Min(hessian.Count, 1 / damping));
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
                var moves = samples.Start == 0
                    ? zeros([samples.Count, rest.shape[0]], dtype: rest.dtype, device: rest.device)
                    : features.mm(rest.t()).mul_(Column(powers.AsSpan(0, shares.Length), rest));
                AddGradients(moves, features.mm(items.t()).mul_(Column(shares, rest)), targets);
                var curved = empty_like(moves);
                Follow(new(0, samples.Count), moves, curved, Coupling(features, powers), curvature, targets.Count);
                RequireBounded(moves.view(samples.Count, targets.Count, -1), features, bounds, samples);
                var weights = powers.AsSpan(0, shares.Length).ToArray().Reverse().Select(power => power / scale).ToArray();
                Fade(rest, powers[^1], curved.mul_(Column(weights, rest)), features);
                progress?.Report(new("LiSSA's recursion over training samples", samples.Start + samples.Count, hessian.Count));
            }

            return result.mul_(share).add_(rest.view(result.shape)).div_(scale).MoveToOuterDisposeScope();
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
        private void RequireBounded(Tensor moves, Tensor features, Tensor bounds, SampleRange samples)
        {
            using var scope = NewDisposeScope();
            var largest = moves.square().sum(2, type: float64).amax([0]).sqrt();
            var limit = bounds * features.square().sum(1, type: float64).amax([0]).sqrt();
            if ((largest <= limit).all().item<bool>()) return;
            var sufficient = Math.Max(LissaScale.Of(hessian, damping, cancellationToken), scale * 1.5);
            throw new SolverException(
                "a scale at which the recursion stays bounded",
                FormattableString.Invariant($"that it diverges with {scale:G4} within training samples {samples.Start} to {samples.Start + samples.Count - 1}"),
                FormattableString.Invariant($"take a scale of at least {sufficient:G4}"),
                sufficient);
        }

        /// <summary>d^0 .. d^(count - 1).</summary>
        private double[] Powers(long count) => [.. Enumerable.Range(0, (int)count).Select(k => Math.Pow(_decay, k))];
    }

    /// <summary>Adds <c>s_k v f_k</c> of each target to its columns of (m, T E).</summary>
    private static void AddGradients(Tensor moves, Tensor cross, IReadOnlyList<LowRankMatrix> targets)
    {
        var (row, column) = (0L, 0L);
        foreach (var gradient in targets.Select(t => t.Left))
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
        using (NewDisposeScope())
        {
            Rows(moves, second).addmm_(Rows(coupling, second).narrow(1, first.Start, first.Count), Rows(curved, first), beta: 1, alpha: -1);
        }

        Follow(second, moves, curved, coupling, curvature, targets);
    }

    /// <summary>rest &lt;- power rest - curved^T features.</summary>
    private static void Fade(Tensor rest, double power, Tensor curved, Tensor features)
    {
        // TorchSharp takes the factors of a product as floats, which rounds them for float64; for float32 they save a pass over the rest.
        var isExact = rest.dtype == float32;
        if (!isExact) rest.mul_(power);
        rest.addmm_(curved.t(), features, beta: isExact ? (float)power : 1, alpha: -1);
    }

    private static Tensor Rows(Tensor values, SampleRange samples) => values.narrow(0, samples.Start, samples.Count);

    private static Tensor Column(ReadOnlySpan<double> values, Tensor like) => tensor(values.ToArray(), [values.Length, 1]).to(like.dtype).to(like.device);
}
