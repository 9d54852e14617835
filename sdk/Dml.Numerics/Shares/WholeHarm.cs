using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Harm of all training samples that was found while targets were solved, as it is for a loss that is no mean of samples: a sample's share depends on
/// others, so that a block of samples alone says nothing. What is solved holds the scores, and a block of samples takes its own out.
/// </summary>
public static class WholeHarm
{
    private const string Name = "harm";

    /// <summary>Solved targets with their harm.</summary>
    /// <param name="targets">T explanations.</param>
    /// <param name="harm">(T, N).</param>
    /// <param name="context">The model.</param>
    /// <exception cref="DmlException">All harm is 0, though a confusion could be moved.</exception>
    public static SolvedTargets Solved(IReadOnlyList<TargetExplanation> targets, Tensor harm, InfluenceContext context)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(harm);
        ArgumentNullException.ThrowIfNull(context);

        // Where the items lie on each other or opposite each other, d has no slope and zeros are right.
        if (harm.count_nonzero().item<long>() == 0 && targets.Any(t => t.Distance is > 0 and < 4))
        {
            throw new DmlException(
                null, "a loss that changes when a sample is left out and the model moves",
                $"{context.Loss.GetType().Name}, of which every sample's share is flat",
                "check that its BatchLoss uses the weights that it is given, and that the model has not met every margin");
        }

        return new(targets, new Dictionary<string, Tensor> { [Name] = harm.to(context.Precision).DetachFromDisposeScope() });
    }

    /// <summary>A block of samples that takes its scores out of what is solved.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="context">The model.</param>
    public static ISampleBlock At(SampleRange samples, InfluenceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new Block(samples, context);
    }

    private sealed class Block(SampleRange samples, InfluenceContext context) : ISampleBlock
    {
        public Tensor Score(SolvedTargets targets)
        {
            using var scope = NewDisposeScope();
            return targets.State[Name].narrow(1, samples.Start, samples.Count).to(context.Precision).clone().MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
        }
    }
}
