namespace Dml.Plugins;

/// <summary>One image of the annotations.</summary>
/// <param name="Image">Path relative to the root, with forward slashes.</param>
/// <param name="ClassIndex">Its class, from 0.</param>
internal readonly record struct CarAnnotation(string Image, int ClassIndex);
