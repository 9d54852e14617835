namespace Dml.Engine.Data;

/// <summary>What draws the training images that get a wrong label.</summary>
internal enum NoiseGenerator
{
    /// <summary>NumPy's legacy generator, np.random.seed and np.random.choice: the draw of the published noisy runs.</summary>
    Numpy,

    /// <summary>The generator of all other draws of a run.</summary>
    System,
}
