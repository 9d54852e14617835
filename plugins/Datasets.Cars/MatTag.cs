namespace Dml.Plugins;

/// <summary>The head of a data element; its data comes next.</summary>
/// <param name="Type">How the data is stored.</param>
/// <param name="Length">Bytes of data.</param>
/// <param name="Next">Where the element after it begins.</param>
internal readonly record struct MatTag(MatType Type, long Length, long Next);
