using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>Finds the first value of a tensor that is no number.</summary>
internal static class FiniteNumbers
{
    /// <summary>Values that are looked at together: a mask of all of them would be a quarter of a large tensor.</summary>
    public const long AtOnce = 1 << 20;

    /// <summary>What the first value that is no number is, and where: "NaN (first at row 3, column 5)"; null where all are numbers.</summary>
    /// <param name="values">Contiguous.</param>
    public static string? Problem(Tensor values)
    {
        if (values.numel() == 0 || !(values.is_floating_point() || values.is_complex())) return null;
        using var flat = values.view(-1);
        return Problem(part => flat.narrow(0, part.Start, part.Count), values.numel(), 1, values.shape);
    }

    /// <summary>As the other, of rows that are read block by block.</summary>
    /// <param name="rows">Gives a block of rows; of the first scope that encloses the call.</param>
    /// <param name="count">How many rows there are.</param>
    /// <param name="row">Values of a row.</param>
    /// <param name="shape">The shape of the whole.</param>
    public static string? Problem(Func<SampleRange, Tensor> rows, long count, long row, IReadOnlyList<long> shape)
    {
        foreach (var block in SampleRange.Grid(count, Math.Max(1, AtOnce / row)))
        {
            using var piece = NewDisposeScope();
            var part = rows(block).view(-1);
            var finite = part.isfinite();
            if (finite.all().item<bool>()) continue;
            var first = finite.logical_not().nonzero()[0].item<long>();
            var kind = part[first].isnan().item<bool>() ? "NaN" : "infinity";
            return $"{kind} (first at {Position((block.Start * row) + first, shape)})";
        }

        return null;
    }

    private static string Position(long flat, IReadOnlyList<long> shape)
    {
        if (shape.Count == 0) return "its one value";
        var position = new long[shape.Count];
        for (var i = shape.Count - 1; i >= 0; i--) (position[i], flat) = (flat % shape[i], flat / shape[i]);
        return position.Length switch
        {
            1 => $"index {position[0]}",
            2 => $"row {position[0]}, column {position[1]}",
            _ => $"index ({string.Join(", ", position)})",
        };
    }
}
