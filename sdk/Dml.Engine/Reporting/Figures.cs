using System.Globalization;

namespace Dml.Engine.Reporting;

/// <summary>Numbers as the report prints them: one culture, a real minus sign, no negative zero, words for what is not finite.</summary>
internal static class Figures
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>A whole number with thousands set apart.</summary>
    public static string Count(long value) => Sign(value.ToString("N0", Invariant));

    /// <summary>A count with its noun, in the singular for 1.</summary>
    public static string Count(long value, string singular, string? plural = null) =>
        $"{Count(value)} {(value == 1 ? singular : plural ?? singular + "s")}";

    /// <summary>A share in [0, 1] as per cent.</summary>
    public static string Percent(double share, int decimals = 1) => Fixed(share * 100, decimals) + "\u202F%";

    /// <summary>A fixed number of decimals.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
        {
            return NotFinite(value);
        }

        var text = value.ToString("F" + decimals.ToString(Invariant), Invariant);
        return Sign(IsZero(text) ? text.TrimStart('-') : text);
    }

    /// <summary>Three significant digits; powers of ten where plain decimals would be long.</summary>
    public static string Short(double value)
    {
        if (!double.IsFinite(value))
        {
            return NotFinite(value);
        }

        if (value == 0)
        {
            return "0";
        }

        var text = value.ToString("E2", Invariant);
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, Invariant);
        return exponent is >= -3 and <= 4
            ? Fixed(value, Math.Max(0, 2 - exponent))
            : Sign(text[..text.IndexOf('E', StringComparison.Ordinal)]) + "\u202F×\u202F10" + Superscript(exponent);
    }

    /// <summary>As <see cref="Short"/>, with a plus sign above zero.</summary>
    public static string Signed(double value) => value > 0 ? "+" + Short(value) : Short(value);

    /// <summary>A distance of two embeddings; small ones to one digit more, large ones, of embeddings of any length, to fewer.</summary>
    public static string Distance(double value) => Fixed(value, value < 0.001 ? 5 : value < 10 ? 4 : 2);

    /// <summary>The same where there is little room.</summary>
    public static string ShortDistance(double value) => Fixed(value, value < 0.01 ? 4 : value < 10 ? 3 : value < 100 ? 1 : 0);

    /// <summary>A plain number for an SVG or CSS attribute: a dot, at most two decimals, an ASCII minus.</summary>
    public static string Plain(double value)
    {
        var text = Math.Clamp(value, -1e6, 1e6).ToString("0.##", Invariant);
        return text == "-0" ? "0" : text;
    }

    /// <summary>All digits, for scripts and files.</summary>
    public static string Exact(double value) => value.ToString("R", Invariant);

    /// <summary>The end of a name that is too long for its place: names of classes are paths, which differ at their end.</summary>
    public static string Tail(string name, int longest) => name.Length <= longest ? name : "…" + name[^(longest - 1)..];

    /// <summary>A duration in its two largest units.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => time.TotalSeconds.ToString("0.0", Invariant) + " s",
        { TotalMinutes: < 60 } => $"{Count(time.Minutes)} min {time.Seconds.ToString("00", Invariant)} s",
        _ => $"{Count((long)time.TotalHours)} h {time.Minutes.ToString("00", Invariant)} min",
    };

    private static bool IsZero(string text) => text.All(c => c is '-' or '0' or '.');

    private static string Sign(string text) => text.Replace('-', '\u2212');

    private static string NotFinite(double value) => double.IsNaN(value) ? "not a number" : value > 0 ? "infinite" : "\u2212infinite";

    private static string Superscript(int exponent) => string.Concat(exponent.ToString(Invariant).Select(c => c switch
    {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => (char)('⁰' + (c - '0')),
    }));
}
