using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>Suspicion of every training sample from a scorer.</summary>
/// <param name="Scorer">Plugin name.</param>
/// <param name="Settings">All its options, defaults included, as JSON.</param>
/// <param name="LossIsMeanOfSamples">False: the scores speak of samples' shares of the loss of whole batches.</param>
/// <param name="Values">One a training sample, higher = more suspicious.</param>
internal sealed record TrainingScores(string Scorer, string Settings, bool LossIsMeanOfSamples, double[] Values)
{
    private const long BlockSize = 4096;

    /// <summary>Runs a prepared scorer over all samples.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="name">Its plugin name.</param>
    /// <param name="count">N.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">A score is NaN or infinite, or there is not one a sample.</exception>
    public static double[] Compute(ITrainingScorer scorer, string name, long count, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var values = new double[count];
        foreach (var samples in SampleRange.Grid(count, BlockSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var scores = scorer.Score(samples);
            if (!scores.shape.SequenceEqual([samples.Count]))
            {
                throw new DmlException(
                    $"Expected {samples.Count} scores of the scorer {name}, one a training sample, found shape ({string.Join(", ", scores.shape)}).");
            }

            var block = scores.to(float64).cpu().Values<double>();
            if (Array.FindIndex(block, x => !double.IsFinite(x)) is var bad and >= 0)
            {
                throw new DmlException($"Expected a finite score of every training sample by {name}, "
                    + $"found NaN or infinity at training sample {samples.Start + bad}; check the features for extreme values.");
            }

            block.CopyTo(values, samples.Start);
            progress.Report(new("scores of training samples", samples.Start + samples.Count, count));
        }

        return values;
    }
}
