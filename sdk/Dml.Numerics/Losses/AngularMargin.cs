using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// The angular margin of ArcFace (Deng et al., CVPR 2019): what <c>cos(theta)</c> becomes when the angle grows by m.
/// </summary>
/// <remarks>
/// <c>cos(theta + m)</c> rises again beyond <c>theta = pi - m</c>, where it would draw an embedding away from its proxy. There
/// <c>cos(theta) - m sin(m)</c> takes its place, as in the published code: it falls throughout, with a step down by
/// <c>cos(m) + m sin(m) - 1</c> at pi - m (0.12 for m = 0.5).
/// </remarks>
public static class AngularMargin
{
    /// <summary>The least squared sine, of an angle of 0.001: the slope of a sine in its cosine is infinite at a cosine of 1 or -1.</summary>
    private const double LeastSquaredSine = 1e-6;

    /// <summary><c>cos(theta) cos(m) - sin(theta) sin(m)</c>, formed without the angle, so that float32 keeps its digits.</summary>
    /// <param name="cosines">cos(theta), of any shape; rounding may have taken them beyond 1 or -1.</param>
    /// <param name="margin">m, in radians, from 0 to pi / 2.</param>
    /// <returns>Of the same shape, differentiable twice; within 0.001 of theta = 0 or pi the sine counts as constant.</returns>
    public static Tensor Add(Tensor cosines, double margin)
    {
        ArgumentNullException.ThrowIfNull(cosines);
        using var scope = NewDisposeScope();
        var sines = ((1 - cosines) * (1 + cosines)).clamp_min(LeastSquaredSine).sqrt();
        var moved = (cosines * Math.Cos(margin)) - (sines * Math.Sin(margin));
        var beyond = cosines < -Math.Cos(margin);
        return where(beyond, cosines - (margin * Math.Sin(margin)), moved).MoveToOuterDisposeScope();
    }
}
