namespace Dml.Engine.Training;

/// <summary>What one epoch of training came to.</summary>
/// <param name="WarmUp">Whether the backbone's weights stood still.</param>
/// <param name="Epoch">Counted from 0, anew after the warm-up.</param>
/// <param name="MeanLoss">Mean training loss of the epoch's batches, regulariser included.</param>
/// <param name="LearningRate">Of the backbone.</param>
/// <param name="RateFactor">Factor on the configured learning rates.</param>
/// <param name="ImagesPerSecond">Images trained on, by wall time.</param>
/// <param name="Seconds">Wall time.</param>
internal sealed record EpochRecord(bool WarmUp, int Epoch, double MeanLoss, double LearningRate, double RateFactor, double ImagesPerSecond, double Seconds);
