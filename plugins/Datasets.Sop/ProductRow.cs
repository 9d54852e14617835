namespace Dml.Plugins;

/// <summary>One image of a list.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Image">Path relative to the root, with forward slashes.</param>
/// <param name="ClassId">The product's number.</param>
/// <param name="SuperClass">Name of its super class: the folder of the image without "_final".</param>
internal sealed record ProductRow(int Line, string Image, int ClassId, string SuperClass);
