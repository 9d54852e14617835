namespace Dml.Plugins;

/// <summary>One folder below the root that directly holds images, or a leaf that holds none.</summary>
/// <param name="Name">Path relative to the root, with forward slashes.</param>
/// <param name="Images">File names of its images in ordinal order.</param>
internal sealed record ClassFolder(string Name, IReadOnlyList<string> Images);
