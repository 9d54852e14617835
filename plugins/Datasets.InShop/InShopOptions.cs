namespace Dml.Plugins;

/// <summary>Options of DeepFashion's In-shop Clothes Retrieval benchmark.</summary>
public sealed record InShopOptions
{
    /// <summary>The folder that holds Eval/list_eval_partition.txt and img; relative to the config file.</summary>
    public required string Root { get; init; }

    /// <summary>Range of training classes such as "0..1997"; null for all, whose published numbers (25,882 images, 3,997 classes) are then checked.</summary>
    public string? TrainingClasses { get; init; }

    /// <summary>
    /// Range of test classes, which are numbered after all training classes; null for all, whose published numbers (14,218 queries, 12,612
    /// gallery images, 3,985 classes) are then checked.
    /// </summary>
    public string? TestClasses { get; init; }
}
