namespace Dml.Numerics;

/// <summary>The windows through which an image is looked at, so that a copy of it that was cropped a little is found among whole images.</summary>
internal static class CropViews
{
    /// <summary>Cells of a descriptor along each axis.</summary>
    public const int Cells = 12;

    /// <summary>Length of a descriptor.</summary>
    public const int Length = Cells * Cells;

    private const int SamplesPerCell = 3;

    /// <summary>The whole image, windows that leave out 7.5 % of both axes in 4 places, and 15 % in 9.</summary>
    public static IReadOnlyList<AxisWarp> Windows { get; } = [.. Enumerable.Range(0, 3).SelectMany(Windowed)];

    /// <summary>Means of an image over the cells of a window, without their mean and of length 1; all 0 for an image without variance.</summary>
    /// <param name="plane">The image.</param>
    /// <param name="window">The window.</param>
    /// <param name="descriptor">Receives the numbers.</param>
    public static void Describe(ImagePlane plane, AxisWarp window, Span<float> descriptor)
    {
        descriptor.Clear();
        var lines = Cells * SamplesPerCell;
        for (var y = 0; y < lines; y++)
        {
            var (row, partY) = Place(plane.Side, (window.ScaleY * (y + 0.5) / lines) + window.ShiftY);
            var upper = plane.Row(row);
            var lower = plane.Row(row + 1);
            for (var x = 0; x < lines; x++)
            {
                var (column, partX) = Place(plane.Side, (window.ScaleX * (x + 0.5) / lines) + window.ShiftX);
                var top = upper[column] + (partX * (upper[column + 1] - upper[column]));
                var bottom = lower[column] + (partX * (lower[column + 1] - lower[column]));
                descriptor[(y / SamplesPerCell * Cells) + (x / SamplesPerCell)] += top + (partY * (bottom - top));
            }
        }

        Normalize(descriptor);
    }

    private static IEnumerable<AxisWarp> Windowed(int steps)
    {
        const double Step = 0.075;
        for (var top = 0; top <= steps; top++)
        {
            for (var left = 0; left <= steps; left++) yield return AxisWarp.Crop(left * Step, (steps - left) * Step, top * Step, (steps - top) * Step);
        }
    }

    private static (int Index, float Part) Place(int side, double at)
    {
        var place = Math.Clamp((at * side) - 0.5, 0, side - 1);
        var index = Math.Min((int)place, side - 2);
        return (index, (float)(place - index));
    }

    private static void Normalize(Span<float> numbers)
    {
        double sum = 0, squares = 0;
        foreach (var number in numbers) sum += number;
        var mean = sum / numbers.Length;
        foreach (var number in numbers) squares += (number - mean) * (number - mean);
        var scale = squares > 1e-6 ? 1 / Math.Sqrt(squares) : 0;
        foreach (ref var number in numbers) number = (float)((number - mean) * scale);
    }
}
