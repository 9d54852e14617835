using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>Scores with what they were made by.</summary>
/// <param name="Estimator">Plugin name.</param>
/// <param name="EstimatorSettings">All its options, defaults included, as JSON.</param>
/// <param name="Loss">Plugin name.</param>
/// <param name="LossSettings">All its options as JSON.</param>
/// <param name="LossIsMeanOfSamples">False: the scores speak of samples' shares of the loss of whole batches.</param>
/// <param name="Signed">False: scores are relevance, and nothing may speak of harm and help.</param>
/// <param name="Scores">Harm of every training sample for every target.</param>
internal sealed record InfluenceResult(
    string Estimator, string EstimatorSettings, string Loss, string LossSettings, bool LossIsMeanOfSamples, bool Signed, HarmScores Scores) : IDisposable
{
    /// <summary>What a reader must know of the loss, one sentence; null where there is nothing to say.</summary>
    public string? LossNote => LossIsMeanOfSamples ? null
        : $"The loss {Loss} is no mean of samples: harm speaks of a sample's share, the derivative of the loss of batches in the sample's weight.";

    /// <summary>What a reader must know of the loss and of the estimator's solver, a sentence each.</summary>
    public IReadOnlyList<string> Notes =>
        [.. LossNote is null ? [] : new[] { LossNote }, .. SolverNotes.Of(Scores.Targets).Select(note => $"{Estimator}: {note}.")];

    /// <summary>(N) harm values of a target, in float64.</summary>
    public double[] HarmOf(int target)
    {
        using var scope = NewDisposeScope();
        return Scores.Harm[target].to(float64).cpu().Values<double>();
    }

    public void Dispose() => Scores.Dispose();
}
