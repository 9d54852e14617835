namespace Dml.Engine.Training;

/// <summary>How batches are drawn.</summary>
internal enum SamplerKind
{
    /// <summary>The same number of images from each of several classes.</summary>
    Balanced,

    /// <summary>Every image once an epoch, in random order; a last batch that is not full is left out.</summary>
    Random,
}
