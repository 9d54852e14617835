namespace Dml.Engine.Features;

/// <summary>The splits that were found in a file, or in several.</summary>
/// <param name="Training">The training split, or null.</param>
/// <param name="Test">Test items; queries where there is a gallery.</param>
/// <param name="Gallery">What queries are looked up in.</param>
internal sealed record GivenSplits(RawSplit? Training, IReadOnlyList<RawSplit> Test, IReadOnlyList<RawSplit> Gallery)
{
    /// <summary>Nothing yet.</summary>
    public static GivenSplits None { get; } = new(null, [], []);

    /// <summary>With a split more.</summary>
    /// <param name="prefix">Which, as of <see cref="FeatureNames"/>.</param>
    /// <param name="split">The split.</param>
    public GivenSplits Add(string prefix, RawSplit split) => prefix switch
    {
        FeatureNames.Train => this with { Training = split },
        FeatureNames.Gallery => this with { Gallery = [.. Gallery, split] },
        _ => this with { Test = [.. Test, split] },
    };

    /// <summary>Whether test items of that kind are there.</summary>
    public bool HasTest(string prefix) => prefix == FeatureNames.Gallery ? Gallery.Count > 0 : Test.Count > 0;

    /// <summary>With the test items of another file.</summary>
    /// <param name="other">The splits of the file, none of them for training.</param>
    public GivenSplits With(GivenSplits other) => this with { Test = [.. Test, .. other.Test], Gallery = [.. Gallery, .. other.Gallery] };
}
