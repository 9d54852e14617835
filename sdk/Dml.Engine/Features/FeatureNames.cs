namespace Dml.Engine.Features;

/// <summary>Names of the arrays of a table of features; docs/features.md lists them.</summary>
internal static class FeatureNames
{
    /// <summary>(N, D) or (N, K, D), floating.</summary>
    public const string Features = "features";

    /// <summary>(N), integers or texts.</summary>
    public const string Labels = "labels";

    /// <summary>(N), texts or integers; each once in its split.</summary>
    public const string Ids = "ids";

    /// <summary>(N), texts: image files, relative to the features file.</summary>
    public const string Paths = "paths";

    /// <summary>(N), texts or integers: camera, patient, source.</summary>
    public const string Groups = "groups";

    /// <summary>(N), texts: which split an item is of, where one array has all of them.</summary>
    public const string Split = "split";

    /// <summary>Names of the classes by label, where labels are integers.</summary>
    public const string ClassNames = "class_names";

    /// <summary>The names of the form of one array for all samples.</summary>
    public static IReadOnlyList<string> All { get; } = [Features, Labels, Ids, Paths, Groups, Split, ClassNames];

    /// <summary>Before the names of the arrays of a split, where each split has its own.</summary>
    public const string Train = "train_";

    /// <summary>As <see cref="Train"/>.</summary>
    public const string Test = "test_";

    /// <summary>As <see cref="Train"/>: test items that are looked up in the gallery.</summary>
    public const string Query = "query_";

    /// <summary>As <see cref="Train"/>: test items that queries are looked up in.</summary>
    public const string Gallery = "gallery_";
}
