namespace Dml;

/// <summary>
/// The foreign model that a backbone runs as it is: no parameter of it can be trained, and no gradient passes through it. A checkpoint holds
/// nothing of it; the host notes its files and their hashes in the run instead, and refuses other files later.
/// </summary>
/// <param name="Files">Absolute paths of the model file and, after it, of the files that hold its weights where these lie apart.</param>
/// <param name="Description">How images go in and features come out, in one clause: names, shapes, layout, normalisation, and what of it was assumed.</param>
public sealed record FrozenModel(IReadOnlyList<string> Files, string Description)
{
    /// <summary>H and W, in pixels, of the only images that it takes; null where it takes other sizes too.</summary>
    public (int Height, int Width)? ImageSize { get; init; }
}

/// <summary>Where a backbone plugin looks for files that it reads itself. A file of weights is read by the host (<see cref="IBackbone.Pretrained"/>).</summary>
/// <param name="BaseDirectory">Relative paths in the options are meant relative to this folder, the one that the dataset's paths start at.</param>
[PluginService]
public sealed record BackboneContext(string BaseDirectory)
{
    /// <summary>The absolute form of a path from the options.</summary>
    /// <param name="path">Absolute, or relative to <see cref="BaseDirectory"/>.</param>
    public string Resolve(string path) => Path.GetFullPath(path, BaseDirectory);
}
