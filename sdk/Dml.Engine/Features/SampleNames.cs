namespace Dml.Engine.Features;

/// <summary>What lists and sentences show of samples: their ids and classes.</summary>
/// <param name="TrainIds">N stable names of the training samples.</param>
/// <param name="TrainLabels">N class indices.</param>
/// <param name="TestIds">M stable names of the test items.</param>
/// <param name="TestLabels">M class indices.</param>
/// <param name="ClassNames">Name of each class; null where they are not known.</param>
internal sealed record SampleNames(
    IReadOnlyList<string> TrainIds, IReadOnlyList<long> TrainLabels, IReadOnlyList<string> TestIds, IReadOnlyList<long> TestLabels,
    IReadOnlyList<string>? ClassNames)
{
    private Dictionary<long, int>? _testClassSizes;

    /// <summary>What a reader of results must know of their features file, in whole sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Name of a class, or its number where names are not known.</summary>
    /// <param name="label">The class.</param>
    public string Class(long label) => ClassNames is { } names && label < names.Count ? names[(int)label] : FormattableString.Invariant($"class {label}");

    /// <summary>A training sample with the label that it was trained on.</summary>
    /// <param name="index">Its index.</param>
    public string Training(int index) => $"{TrainIds[index]}, labelled {Class(TrainLabels[index])}";

    /// <summary>A test item with its class.</summary>
    /// <param name="index">Its index.</param>
    public string Test(int index) => $"{TestIds[index]} of {Class(TestLabels[index])}";

    /// <summary>Whether a test item is the only one of its class, so that it is wrong whatever the model.</summary>
    /// <param name="index">Its index.</param>
    public bool IsLone(int index)
    {
        _testClassSizes ??= TestLabels.CountBy(label => label).ToDictionary();
        return _testClassSizes[TestLabels[index]] == 1;
    }
}
