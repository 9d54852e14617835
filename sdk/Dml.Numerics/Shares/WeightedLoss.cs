using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>The loss of the training samples as sums over parts that fit in memory.</summary>
internal abstract class WeightedLoss
{
    /// <summary>Name of the path in results.</summary>
    public abstract string Name { get; }

    /// <summary>Sets of samples whose embeddings are needed together.</summary>
    public abstract IReadOnlyList<SampleSet> Sets { get; }

    /// <summary>Z where no weight changes it.</summary>
    public abstract double Divisor { get; }

    /// <summary>Parts of a set.</summary>
    public virtual int Parts(SampleSet set) => 1;

    /// <summary>The sums of a part.</summary>
    /// <param name="set">The samples.</param>
    /// <param name="part">Which part of it.</param>
    /// <param name="embeddings">(n, E), float64.</param>
    /// <param name="weights">(n), float64.</param>
    public abstract IReadOnlyList<LossSum> At(SampleSet set, int part, Tensor embeddings, Tensor weights);

    /// <summary>Parts of a loss: the mean of the losses of batches.</summary>
    public sealed class OfBatches(InfluenceContext context, IReadOnlyList<long[]> batches, string name) : WeightedLoss
    {
        public override string Name => name;

        public override IReadOnlyList<SampleSet> Sets { get; } = [.. batches.Select(b => new SampleSet(context, b))];

        public override double Divisor => batches.Count;

        public override IReadOnlyList<LossSum> At(SampleSet set, int part, Tensor embeddings, Tensor weights) =>
            [new(context.Loss.BatchLoss(embeddings, set.Labels(), weights), null)];
    }

    /// <summary>The loss of pairs of the whole training set, a block of anchors a part.</summary>
    public sealed class OfPairs(InfluenceContext context, PairLoss loss) : WeightedLoss
    {
        /// <summary>Name of the path of a whole training set, in blocks or at once.</summary>
        public const string WholeName = "shares of the whole training set";

        private readonly IReadOnlyList<SampleRange> _blocks = loss.Blocks(context.TrainLabels);

        public override string Name => WholeName;

        public override IReadOnlyList<SampleSet> Sets { get; } = [new(context, null)];

        public override double Divisor => context.TrainCount;

        public override int Parts(SampleSet set) => _blocks.Count;

        public override IReadOnlyList<LossSum> At(SampleSet set, int part, Tensor embeddings, Tensor weights) =>
            loss.SumsAt(embeddings, context.TrainLabels, weights, _blocks[part]);
    }
}
