namespace Dml.Engine.Images;

/// <summary>Reads an image at any point, bilinearly; outside it every pixel has the median colour of the four corners.</summary>
internal readonly ref struct BorderedSampler
{
    private readonly ReadOnlySpan<byte> _pixels;
    private readonly int _width;
    private readonly int _height;
    private readonly float _red;
    private readonly float _green;
    private readonly float _blue;

    public BorderedSampler(RgbImage image)
    {
        _pixels = image.Pixels;
        (_width, _height) = (image.Width, image.Height);
        (_red, _green, _blue) = (CornerMedian(image, 0), CornerMedian(image, 1), CornerMedian(image, 2));
    }

    /// <summary>The colour at a point, in 0..255; whole numbers are pixel centres.</summary>
    public void Sample(float x, float y, Span<float> colour)
    {
        var (left, top) = ((int)MathF.Floor(x), (int)MathF.Floor(y));
        var (right, low) = (x - left, y - top);
        if ((uint)left < (uint)(_width - 1) && (uint)top < (uint)(_height - 1))
        {
            var upper = _pixels.Slice(3 * ((top * _width) + left), 6);
            var lower = _pixels.Slice(3 * (((top + 1) * _width) + left), 6);
            for (var c = 0; c < 3; c++)
            {
                var above = upper[c] + (right * (upper[c + 3] - upper[c]));
                var below = lower[c] + (right * (lower[c + 3] - lower[c]));
                colour[c] = above + (low * (below - above));
            }

            return;
        }

        colour.Clear();
        Add(left, top, (1 - right) * (1 - low), colour);
        Add(left + 1, top, right * (1 - low), colour);
        Add(left, top + 1, (1 - right) * low, colour);
        Add(left + 1, top + 1, right * low, colour);
    }

    private void Add(int x, int y, float weight, Span<float> colour)
    {
        if ((uint)x < (uint)_width && (uint)y < (uint)_height)
        {
            var pixel = _pixels.Slice(3 * ((y * _width) + x), 3);
            for (var c = 0; c < 3; c++) colour[c] += weight * pixel[c];
            return;
        }

        colour[0] += weight * _red;
        colour[1] += weight * _green;
        colour[2] += weight * _blue;
    }

    private static float CornerMedian(RgbImage image, int channel)
    {
        var (right, bottom) = (3 * (image.Width - 1), 3 * (image.Height - 1) * image.Width);
        Span<byte> corners = [image.Pixels[channel], image.Pixels[right + channel], image.Pixels[bottom + channel], image.Pixels[bottom + right + channel]];
        corners.Sort();
        return (corners[1] + corners[2]) / 2f;
    }
}
