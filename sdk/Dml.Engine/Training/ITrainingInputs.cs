using Dml.Engine.Models;

namespace Dml.Engine.Training;

/// <summary>What a training draws its batches from. What a batch holds is a function of its indices and the epoch alone.</summary>
internal interface ITrainingInputs
{
    /// <summary>N class indices.</summary>
    IReadOnlyList<int> Labels { get; }

    /// <summary>What progress counts: images or samples.</summary>
    string Unit { get; }

    /// <summary>Makes batches, in the order asked for; leaving the enumeration early stops the work.</summary>
    /// <param name="draws">Indices of each batch.</param>
    /// <param name="epoch">Counted from 0 over warm-up and main run; decides random changes of the inputs.</param>
    /// <param name="cancellationToken">Stops it.</param>
    IEnumerable<IInputBatch> Batches(IEnumerable<int[]> draws, int epoch, CancellationToken cancellationToken);
}
