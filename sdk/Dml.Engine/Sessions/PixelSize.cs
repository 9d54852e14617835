namespace Dml.Engine;

/// <summary>Size of an image.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PixelSize(int Width, int Height);
