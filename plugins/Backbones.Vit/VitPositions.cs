using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Position embeddings for images of another size than they were made for, bicubically, as the published code does it.</summary>
internal static class VitPositions
{
    /// <summary>Added to the number of patches in the scale, so that rounding never loses one; it also shifts where values are read.</summary>
    private const double Offset = 0.1;

    /// <summary>Brings positions to a grid.</summary>
    /// <param name="positions">(grid^2, width), row by row.</param>
    /// <param name="grid">Patches along a side that they were made for.</param>
    /// <param name="rows">Patches along the image's height.</param>
    /// <param name="columns">Patches along its width.</param>
    /// <param name="antialias">With antialiasing to the exact grid; else without and by the scale with the offset.</param>
    /// <returns>(rows * columns, width), differentiable.</returns>
    public static Tensor Resized(Tensor positions, int grid, long rows, long columns, bool antialias)
    {
        if (rows == grid && columns == grid) return positions;
        using var scope = NewDisposeScope();
        var maps = positions.reshape(1, grid, grid, -1).permute(0, 3, 1, 2);
        var resized = antialias
            ? nn.functional.interpolate(maps, [rows, columns], mode: InterpolationMode.Bicubic, align_corners: false, antialias: true)
            : nn.functional.interpolate(
                maps, scale_factor: [(rows + Offset) / grid, (columns + Offset) / grid], mode: InterpolationMode.Bicubic, align_corners: false);
        return resized.permute(0, 2, 3, 1).reshape(rows * columns, -1).MoveToOuterDisposeScope();
    }
}
