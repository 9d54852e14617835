namespace Dml.Plugins;

/// <summary>One image of the table.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Path">Path relative to the root, with forward slashes.</param>
/// <param name="Label">Its label.</param>
/// <param name="Use">What it is for.</param>
/// <param name="Group">What it was taken with, or null.</param>
/// <param name="Box">The part that is meant, or null for the whole.</param>
internal sealed record ImageRow(int Line, string Path, string Label, ImageUse Use, string? Group, ImageBox? Box);
