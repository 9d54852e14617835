namespace Dml.Plugins;

/// <summary>Options of Stanford Online Products.</summary>
public sealed record SopOptions
{
    /// <summary>
    /// The unpacked folder Stanford_Online_Products, which holds Ebay_train.txt, Ebay_test.txt and the image folders; relative to the config file.
    /// </summary>
    public required string Root { get; init; }

    /// <summary>The super classes to take, such as "bicycle" and "chair"; null for all twelve.</summary>
    public IReadOnlyList<string>? SuperClasses { get; init; }

    /// <summary>
    /// Range of training classes among those of the super classes, such as "0..999"; null for all, whose published numbers (59,551 images,
    /// 11,318 classes) are then checked where all super classes are taken.
    /// </summary>
    public string? TrainingClasses { get; init; }

    /// <summary>
    /// Range of test classes, which are numbered after all training classes; null for all, whose published numbers (60,502 images, 11,316
    /// classes) are then checked where all super classes are taken.
    /// </summary>
    public string? TestClasses { get; init; }
}
