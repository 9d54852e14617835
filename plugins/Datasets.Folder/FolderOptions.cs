namespace Dml.Plugins;

/// <summary>Options of a dataset that is a tree of class folders.</summary>
public sealed record FolderOptions
{
    /// <summary>The folder that holds the class folders, at any depth; relative to the config file.</summary>
    public required string Root { get; init; }

    /// <summary>
    /// The training classes: class names, folders above classes, globs (*, **, ?) or index ranges such as 0..99. Null together with test for
    /// the classes below the folder train.
    /// </summary>
    public IReadOnlyList<string>? Training { get; init; }

    /// <summary>The test classes, in the same form; none may be a training class. Null together with training for the classes below the folder test.</summary>
    public IReadOnlyList<string>? Test { get; init; }
}
