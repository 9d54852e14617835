namespace Dml.Numerics;

/// <summary>Where the points of one image lie in another that shows the same, up to scale and shift: <c>u' = scale u + shift</c> along each axis.</summary>
/// <param name="ScaleX">Of the columns.</param>
/// <param name="ScaleY">Of the rows.</param>
/// <param name="ShiftX">In widths of the image.</param>
/// <param name="ShiftY">In heights of the image.</param>
/// <remarks>Coordinates run from 0 to 1 over the image, whatever its size; pixel i of n has its centre at (i + 1/2) / n.</remarks>
internal readonly record struct AxisWarp(double ScaleX, double ScaleY, double ShiftX, double ShiftY)
{
    /// <summary>Nothing moves.</summary>
    public static AxisWarp Identity { get; } = new(1, 1, 0, 0);

    /// <summary>A window [left, 1 - right] x [top, 1 - bottom] that fills the whole image afterwards.</summary>
    public static AxisWarp Crop(double left, double right, double top, double bottom) => new(1 - left - right, 1 - top - bottom, left, top);

    /// <summary>Whether one image is a window of the other: the second lies within the first, or the first within the second.</summary>
    /// <param name="slack">How far it may reach beyond an edge.</param>
    public bool IsWindow(double slack) =>
        (IsWithin(ScaleX, ShiftX, slack) && IsWithin(ScaleY, ShiftY, slack))
        || (IsWithin(1 / ScaleX, -ShiftX / ScaleX, slack) && IsWithin(1 / ScaleY, -ShiftY / ScaleY, slack));

    private static bool IsWithin(double scale, double shift, double slack) => shift >= -slack && shift + scale <= 1 + slack;
}
