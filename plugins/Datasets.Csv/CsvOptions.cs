namespace Dml.Plugins;

/// <summary>Options of a dataset that is a table of images.</summary>
public sealed record CsvOptions
{
    /// <summary>The table, one line an image under a line of column names; relative to the config file.</summary>
    public required string File { get; init; }

    /// <summary>The folder that paths of images start at, relative to the config file; null for the table's own folder.</summary>
    public string? Root { get; init; }

    /// <summary>What stands between two fields: one character such as "," or ";" or "\t".</summary>
    public string Delimiter { get; init; } = ",";

    /// <summary>Name of the column of image paths, with forward or backward slashes.</summary>
    public string PathColumn { get; init; } = "path";

    /// <summary>Name of the column of labels, which are any texts.</summary>
    public string LabelColumn { get; init; } = "label";

    /// <summary>Name of the column that says whether an image is for training or for test.</summary>
    public string SplitColumn { get; init; } = "split";

    /// <summary>What that column holds for an image to train on.</summary>
    public string TrainingSplit { get; init; } = "train";

    /// <summary>What that column holds for an image to test on.</summary>
    public string TestSplit { get; init; } = "test";

    /// <summary>Name of the column that says of test images whether they are looked up (query) or looked up in (gallery); it may be missing.</summary>
    public string RoleColumn { get; init; } = "role";

    /// <summary>Name of the column of what was taken together, such as a session or a camera; it may be missing.</summary>
    public string GroupColumn { get; init; } = "group";

    /// <summary>
    /// Names of the columns of a box in pixels, left, top, right and bottom (the last two not included), that is cut out of the image; all
    /// four or none may be missing, and a line without a box means the whole image.
    /// </summary>
    public IReadOnlyList<string> BoxColumns { get; init; } = ["x1", "y1", "x2", "y2"];
}
