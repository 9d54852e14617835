namespace Dml.Plugins;

/// <summary>Options of a dataset that is a tree of class folders.</summary>
public sealed record FolderOptions
{
    /// <summary>The folder that holds the class folders, at any depth; relative to the config file.</summary>
    public required string Root { get; init; }

    /// <summary>The training classes: class names, folders above classes, globs (*, **, ?) or index ranges such as 0..99.</summary>
    public required IReadOnlyList<string> Training { get; init; }

    /// <summary>The test classes, in the same form; none may be a training class.</summary>
    public required IReadOnlyList<string> Test { get; init; }
}
