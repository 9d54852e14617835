using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Where a descent ended.</summary>
/// <param name="Point">The point.</param>
/// <param name="Value">The function there; NaN or infinite where the start was no point to begin at.</param>
/// <param name="Iterations">Steps taken.</param>
/// <param name="Residual">The slope's norm there as a share of the first one's; NaN where the first was none.</param>
public sealed record LbfgsResult(Tensor Point, double Value, int Iterations, double Residual)
{
    /// <summary>Whether the slope is as small as was asked for.</summary>
    public bool IsAtRest { get; init; }
}
