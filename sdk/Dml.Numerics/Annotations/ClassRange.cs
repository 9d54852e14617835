using System.Globalization;

namespace Dml.Numerics.Annotations;

/// <summary>Neighbouring class indices of a dataset's published numbering, from 0.</summary>
/// <param name="First">The first class.</param>
/// <param name="Last">The last class, included.</param>
public readonly record struct ClassRange(int First, int Last)
{
    /// <summary>Number of classes.</summary>
    public int Count => Last - First + 1;

    /// <summary>Whether a class is one of them.</summary>
    /// <param name="index">The class.</param>
    public bool Contains(int index) => index >= First && index <= Last;

    /// <summary>Reads a range as configs write it, such as "0..99"; null where the option is not given.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">Its value.</param>
    /// <exception cref="DmlException">It is no range.</exception>
    public static ClassRange? Parse(string option, string? text)
    {
        if (text is null) return null;
        var ends = text.Split("..");
        return ends.Length == 2 && End(ends[0]) is { } first && End(ends[1]) is { } last && first <= last ? new(first, last)
            : throw new DmlException(
                $"{option}: expected a range of class indices such as \"0..99\" (from 0, both ends included), found \"{text}\"; correct it.");
    }

    /// <summary>As in configs.</summary>
    public override string ToString() => $"{First}..{Last}";

    private static int? End(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var end) && end < int.MaxValue ? end : null;
}
