using Dml.Numerics;

namespace Dml.Engine.Images;

/// <summary>
/// One random affine map, as the inverse that takes a pixel of the network input, measured from its centre, to a point of the
/// image, measured from the centre of its crop: <c>(x', y') = (A x + B y + C, D x + E y + F)</c>, in pixels.
/// </summary>
/// <param name="A">x to x'.</param>
/// <param name="B">y to x'.</param>
/// <param name="C">Shift of x'.</param>
/// <param name="D">x to y'.</param>
/// <param name="E">y to y'.</param>
/// <param name="F">Shift of y'.</param>
internal readonly record struct AffineDraw(double A, double B, double C, double D, double E, double F)
{
    /// <summary>Draws a map: a pure function of its arguments, whatever was drawn before.</summary>
    /// <param name="options">The strengths.</param>
    /// <param name="side">Side of the network input, in pixels.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The sample's index in the training split.</param>
    public static AffineDraw Of(AugmentationOptions options, int side, long seed, int epoch, int index)
    {
        ArgumentNullException.ThrowIfNull(options);
        var random = new CounterRandom(seed, epoch, index);
        var angle = random.NextBetween(-1, 1) * options.RotationDegrees * Math.PI / 180;
        var scale = random.NextBetween(options.ScaleMinimum, options.ScaleMaximum);
        var shear = Math.Tan(random.NextBetween(-1, 1) * options.ShearDegrees * Math.PI / 180);
        var shiftX = random.NextBetween(-1, 1) * options.Translation * side;
        var shiftY = random.NextBetween(-1, 1) * options.Translation * side;
        var mirror = options.HorizontalFlip && random.NextBits() >> 63 == 1 ? -1 : 1;

        // Forward: out = scale R(angle) [1 shear; 0 1] [mirror 0; 0 1] in + shift. The inverse is formed factor by factor.
        var (sin, cos) = Math.SinCos(angle);
        var (d, e) = (-sin / scale, cos / scale);
        var (a, b) = (mirror * ((cos / scale) - (shear * d)), mirror * ((sin / scale) - (shear * e)));
        return new AffineDraw(a, b, -((a * shiftX) + (b * shiftY)), d, e, -((d * shiftX) + (e * shiftY)));
    }
}
