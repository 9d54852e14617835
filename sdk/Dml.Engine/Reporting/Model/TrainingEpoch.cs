namespace Dml.Engine.Reporting;

/// <summary>One epoch of the training.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="Loss">The mean training loss; a value that is not finite leaves a gap in the curve and is told below it.</param>
/// <param name="RecallAt1">R@1 in [0, 1] after the epoch, where it was evaluated.</param>
/// <param name="ImagesPerSecond">Training throughput, where it was measured.</param>
internal readonly record struct TrainingEpoch(int Epoch, double Loss, double? RecallAt1 = null, double? ImagesPerSecond = null);
