using System.Text.Json.Serialization;
using Dml.Numerics;

namespace Dml.Engine.Training;

/// <summary>A place in a training between two batches, with all but the tensors that its continuation depends on.</summary>
/// <param name="WarmUp">Whether it is in the warm-up.</param>
/// <param name="Epoch">Epoch of that phase, from 0.</param>
/// <param name="Batch">Batches of the epoch that are done.</param>
/// <param name="LossSum">Sum of their losses.</param>
/// <param name="Records">Epochs that are done.</param>
/// <param name="Sampler">The sampler before the epoch's first batch.</param>
/// <param name="Scores">Validation after each epoch of the main run that is done.</param>
/// <param name="OptimizerSteps">Updates of each parameter in this phase.</param>
internal sealed record TrainingPosition(
    bool WarmUp,
    int Epoch,
    int Batch,
    double LossSum,
    IReadOnlyList<EpochRecord> Records,
    SamplerState Sampler,
    IReadOnlyList<ValidationScore> Scores,
    IReadOnlyList<long> OptimizerSteps);

/// <summary>JSON form of a position, exact in every bit.</summary>
[JsonSerializable(typeof(TrainingPosition))]
internal sealed partial class TrainingJson : JsonSerializerContext;
