namespace Dml.Numerics;

/// <summary>How <see cref="ProjectedFisherSolver"/> chooses what it keeps of a gradient.</summary>
public enum GradientProjection
{
    /// <summary>The principal directions of the features and of the loss gradients: LoGRA's PCA initialisation.</summary>
    Pca,

    /// <summary>Normal random directions of both.</summary>
    Random,
}
