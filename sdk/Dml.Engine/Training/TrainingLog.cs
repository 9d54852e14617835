using Dml.Engine.Runs;
using Dml.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch.utils;

namespace Dml.Engine.Training;

/// <summary>Tells the run's log, and TensorBoard where that is wanted, about each epoch.</summary>
/// <param name="run">The run.</param>
/// <param name="tensorBoard">Whether TensorBoard event files are written.</param>
internal sealed class TrainingLog(RunFolder run, bool tensorBoard)
{
    private readonly SummaryWriter? _board = tensorBoard ? tensorboard.SummaryWriter(run.TensorBoard, createRunName: false) : null;

    /// <summary>An epoch ended.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="score">Its validation, or null.</param>
    public void Add(EpochRecord epoch, ValidationScore? score)
    {
        RunLog.Add(run, epoch.WarmUp ? "warm-up epoch" : "epoch", json =>
        {
            json.WriteNumber("epoch", epoch.Epoch + 1);
            json.WriteNumber("loss", epoch.MeanLoss);
            json.WriteNumber("learningRate", epoch.LearningRate);
            json.WriteNumber("imagesPerSecond", epoch.ImagesPerSecond);
            json.WriteNumber("seconds", epoch.Seconds);
            if (score is null) return;
            json.WriteNumber("validationRecallAt1", score.RecallAt1);
            json.WriteNumber("validationNmi", score.NormalizedMutualInformation);
        });
        var phase = epoch.WarmUp ? "warm-up" : "training";
        Scalar($"{phase}/loss", epoch.MeanLoss);
        Scalar($"{phase}/learning rate", epoch.LearningRate);
        Scalar($"{phase}/images per second", epoch.ImagesPerSecond);
        if (score is null) return;
        Scalar("validation/R@1", score.RecallAt1);
        Scalar("validation/NMI", score.NormalizedMutualInformation);
        Scalar("validation/harmonic mean", score.HarmonicMean);

        void Scalar(string name, double value) => _board?.add_scalar(name, (float)value, epoch.Epoch + 1);
    }
}
