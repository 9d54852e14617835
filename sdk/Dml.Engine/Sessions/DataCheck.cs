namespace Dml.Engine;

/// <summary>What a look at all images of a config found; see <see cref="RunConfig.Check"/>.</summary>
public sealed record DataCheck
{
    /// <summary>Number of images to train on that can be decoded.</summary>
    public int TrainingImages { get; init; }

    /// <summary>Number of images to test on that can be decoded, queries and gallery together.</summary>
    public int TestImages { get; init; }

    /// <summary>Number of classes to train on.</summary>
    public int TrainingClasses { get; init; }

    /// <summary>Number of classes to test on.</summary>
    public int TestClasses { get; init; }

    /// <summary>Columns and rows of the smallest, the median and the largest image by number of pixels; null where no image can be decoded.</summary>
    public ImageSizes? Sizes { get; init; }

    /// <summary>Images in a batch; 0 where there is no batch.</summary>
    public int BatchSize { get; init; }

    /// <summary>Batches in an epoch; 0 where there is no batch.</summary>
    public int BatchesPerEpoch { get; init; }

    /// <summary>Why a training by this config would fail; of images that cannot be decoded the first twenty and how many more there are.</summary>
    public IReadOnlyList<DmlException> Errors { get; init; } = [];

    /// <summary>What a person should know before a training, a sentence each; the run would have them as its warnings.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether a training would begin.</summary>
    public bool CanTrain => Errors.Count == 0;
}
