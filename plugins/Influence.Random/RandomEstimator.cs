using System.Text;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Standard normal scores that know nothing, a pure function of seed, target and sample: what every other estimator has to beat. Its
/// sign means nothing.
/// </summary>
[Plugin("random")]
public sealed class RandomEstimator(RandomOptions options) : IInfluenceEstimator
{
    private InfluenceContext? _context;

    /// <inheritdoc/>
    public bool IsSigned => false;

    /// <inheritdoc/>
    public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken) => _context = context;

    /// <inheritdoc/>
    public SolvedTargets Solve(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        cancellationToken.ThrowIfCancellationRequested();
        var context = _context ?? throw new InvalidOperationException("Prepare must be called before Solve.");
        var distances = ConfusionDistance.Of(confusions, context.TestFeatures, context.HeadWeight, context.HeadBias);
        return new(
            [.. confusions.Zip(distances, (confusion, d) => new TargetExplanation(confusion, d.Evaluate(d.Embeddings), [], "random"))],
            new Dictionary<string, Tensor>());
    }

    /// <inheritdoc/>
    public ISampleBlock At(SampleRange samples) =>
        new Block(_context ?? throw new InvalidOperationException("Prepare must be called before At."), samples, (ulong)options.Seed);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Block(InfluenceContext context, SampleRange samples, ulong seed) : ISampleBlock
    {
        public Tensor Score(SolvedTargets targets)
        {
            using var scope = NewDisposeScope();
            var scores = new double[targets.Targets.Count * samples.Count];
            foreach (var (row, target) in targets.Targets.Index())
            {
                var key = Encoding.UTF8.GetBytes(target.Confusion.Name)
                    .Aggregate(CounterRandom.Hash(seed), (hash, letter) => CounterRandom.Hash(hash ^ letter));
                for (var i = 0L; i < samples.Count; i++) scores[(row * samples.Count) + i] = Normal(CounterRandom.Hash(key ^ (ulong)(samples.Start + i)));
            }

            return tensor(scores, [targets.Targets.Count, samples.Count]).to(context.Precision).to(context.HeadWeight.device).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
        }

        /// <summary>Box and Muller's transform of two halves of a hash.</summary>
        private static double Normal(ulong bits)
        {
            var (first, second) = (((bits >> 32) + 1) / 4294967297.0, (bits & 0xFFFFFFFF) / 4294967296.0);
            return Math.Sqrt(-2 * Math.Log(first)) * Math.Cos(2 * Math.PI * second);
        }
    }
}
