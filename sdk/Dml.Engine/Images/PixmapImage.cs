namespace Dml.Engine.Images;

/// <summary>PPM and PGM, plain (P3, P2) or raw (P6, P5), of 8 or 16 bits a channel (the netpbm manual, ppm(5) and pgm(5)).</summary>
internal ref struct PixmapImage
{
    private const int MostLevels = 65535;

    private readonly ReadOnlySpan<byte> _file;
    private int _at;

    private PixmapImage(ReadOnlySpan<byte> file)
    {
        _file = file;
        _at = 2;
    }

    /// <summary>Decodes a file in memory. Levels are scaled to 0..255 and rounded.</summary>
    /// <param name="file">The whole file; what follows the first image is not read.</param>
    /// <exception cref="InvalidDataException">It is damaged; the message completes "found ...".</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file)
    {
        var reader = new PixmapImage(file);
        var (isPlain, channels) = (file[1] is (byte)'2' or (byte)'3', file[1] is (byte)'3' or (byte)'6' ? 3 : 1);
        var (width, height, levels) = (reader.Number(), reader.Number(), reader.Number());
        ImageDecoder.RequireSize(width, height);
        if (levels is < 1 or > MostLevels) throw new InvalidDataException(FormattableString.Invariant($"a greatest level of {levels}"));
        var bytesOfLevel = levels > 255 ? 2 : 1;

        // One blank ends the header. A plain level takes two bytes at least: checked before memory is taken for the pixels.
        if (!isPlain) reader._at++;
        if (file.Length - reader._at < (long)width * height * channels * (isPlain ? 2 : bytesOfLevel) - (isPlain ? 1 : 0)) throw Cut();
        var pixels = GC.AllocateUninitializedArray<byte>(3 * width * height);
        for (var to = 0; to < pixels.Length; to += 3)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                var level = isPlain ? reader.Number() : reader.Raw(bytesOfLevel);
                if (level > levels) throw new InvalidDataException(FormattableString.Invariant($"a level of {level}, above the greatest ({levels}),"));
                pixels[to + channel] = (byte)(((255 * level) + (levels / 2)) / levels);
            }

            if (channels == 1) pixels.AsSpan(to + 1, 2).Fill(pixels[to]);
        }

        return new(width, height, pixels);
    }

    private int Raw(int bytesOfLevel)
    {
        var level = (int)_file[_at++];
        return bytesOfLevel == 1 ? level : (level << 8) | _file[_at++];
    }

    /// <summary>The next number; blanks and comments (# to the end of the line) before it are passed over.</summary>
    private int Number()
    {
        while (_at < _file.Length && (IsBlank(_file[_at]) || _file[_at] == (byte)'#'))
        {
            if (_file[_at] == (byte)'#') SkipLine();
            else _at++;
        }

        var (start, value) = (_at, 0);
        for (; _at < _file.Length && _file[_at] is >= (byte)'0' and <= (byte)'9'; _at++)
        {
            value = (10 * value) + (_file[_at] - (byte)'0');
            if (value > 100_000_000) throw new InvalidDataException("a number of more than eight digits in a PPM or PGM");
        }

        if (_at > start) return value;
        throw _at == _file.Length ? Cut() : new InvalidDataException("other characters than numbers in a PPM or PGM");
    }

    private void SkipLine()
    {
        while (_at < _file.Length && _file[_at] != (byte)'\n') _at++;
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0x0B or 0x0C;

    private static InvalidDataException Cut() => new("a PPM or PGM that ends too early");
}
