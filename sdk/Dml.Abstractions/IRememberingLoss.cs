using static TorchSharp.torch;

namespace Dml;

/// <summary>A tensor of a plugin with the name under which a checkpoint keeps it.</summary>
/// <param name="Name">Unique within the plugin, for example <c>embeddings</c>.</param>
/// <param name="Value">The tensor itself, which is changed in place.</param>
public readonly record struct NamedTensor(string Name, Tensor Value);

/// <summary>
/// A loss whose value in a training depends on earlier batches, as one that holds embeddings against a memory of earlier ones does. Only the training takes
/// <see cref="TrainingLoss"/>. Whatever else asks, estimators and retrainings among them, takes <see cref="IMetricLoss.BatchLoss"/>, which neither sees
/// nor changes the memory: what they explain is that loss.
/// </summary>
public interface IRememberingLoss : IMetricLoss
{
    /// <summary>
    /// All that <see cref="TrainingLoss"/> depends on beside its arguments and the parameters. Names, shapes and dtypes stay the same; a checkpoint keeps the
    /// values, so that a training that goes on ends with the same bits.
    /// </summary>
    IReadOnlyList<NamedTensor> Memory { get; }

    /// <summary>The loss of a step of the training without the regulariser; what it sees is remembered.</summary>
    /// <param name="embeddings">(B, E), raw; their dtype rules.</param>
    /// <param name="labels">(B), int64, training class indices in [0, C).</param>
    /// <returns>A scalar, dtype of the embeddings, differentiable in embeddings and parameters.</returns>
    Tensor TrainingLoss(Tensor embeddings, Tensor labels);

    /// <summary>What a user should read of the training that has ended, as sentences, such as that the memory never began; null for nothing.</summary>
    string? Remark => null;
}
