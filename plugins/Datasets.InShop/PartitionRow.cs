namespace Dml.Plugins;

/// <summary>One image of the partition file.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Image">Path relative to the root, with forward slashes.</param>
/// <param name="Item">The clothing item, such as id_00000001: the class's name.</param>
/// <param name="Number">The item's number, by which classes are in order.</param>
/// <param name="Status">What the image is for.</param>
internal sealed record PartitionRow(int Line, string Image, string Item, int Number, PartitionStatus Status);
