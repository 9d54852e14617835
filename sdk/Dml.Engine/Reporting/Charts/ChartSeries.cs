namespace Dml.Engine.Reporting;

/// <summary>How a line is drawn, so that lines differ by more than colour.</summary>
internal enum LineStyle
{
    /// <summary>A thick solid line with its points marked: the figures of the run.</summary>
    Main,

    /// <summary>A dashed line: what to compare with.</summary>
    Dashed,

    /// <summary>A dotted line: a bound.</summary>
    Dotted,
}

/// <summary>A line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">By rising X; points that are not finite leave a gap.</param>
/// <param name="Style">How it is drawn.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<CurvePoint> Points, LineStyle Style = LineStyle.Main)
{
    /// <summary>Index into the palette, for charts of many lines of equal rank; null for the style's own colour.</summary>
    public int? Colour { get; init; }
}
