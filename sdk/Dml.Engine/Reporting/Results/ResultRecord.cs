using System.Text;
using System.Text.Json.Serialization;
using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>A table of a result.</summary>
/// <param name="Name">Part of its file name.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">As many cells each as there are columns.</param>
internal sealed record ResultTable(string Name, string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<ResultCell>> Rows)
{
    /// <summary>The table as comma-separated values.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder(string.Join(',', Columns.Select(Csv.Quote))).Append('\n');
        foreach (var row in Rows) text.Append(string.Join(',', row.Select(c => c.Field))).Append('\n');
        return text.ToString();
    }
}

/// <summary>A line of a figure.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">Pairs [x, y], x rising.</param>
internal sealed record FigureLine(string Name, IReadOnlyList<double[]> Points);

/// <summary>An image of a picture.</summary>
/// <param name="File">Absolute path.</param>
/// <param name="Label">Its class.</param>
/// <param name="Note">Written below that.</param>
internal sealed record PictureImage(string File, string Label, string Note)
{
    /// <summary>Its right class where the one above is known to be wrong.</summary>
    public string? Truth { get; init; }
}

/// <summary>Images side by side.</summary>
/// <param name="Title">Written above them.</param>
/// <param name="Images">From the left.</param>
internal sealed record PictureStrip(string Title, IReadOnlyList<PictureImage> Images);

/// <summary>A bar of a figure.</summary>
/// <param name="Name">Written before it.</param>
/// <param name="Value">Where it ends.</param>
/// <param name="Low">Lower end of its interval, or null.</param>
/// <param name="High">Upper end.</param>
internal sealed record FigureBar(string Name, double Value, double? Low = null, double? High = null);

/// <summary>A figure of a result: lines over shares, bars, a heat map, or strips of images.</summary>
/// <param name="Name">Part of its file name.</param>
/// <param name="Title">Written above it.</param>
/// <param name="X">Label of the horizontal axis.</param>
/// <param name="Y">Label of the vertical axis.</param>
internal sealed record ResultFigure(string Name, string Title, string X, string Y)
{
    /// <summary>Lines, shares from 0 to 1 on both axes; empty for a heat map.</summary>
    public IReadOnlyList<FigureLine> Lines { get; init; } = [];

    /// <summary>Rows of a heat map from above; empty for lines.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>Columns of a heat map.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Values of a heat map, one array a row, at least 0.</summary>
    public IReadOnlyList<double[]> Values { get; init; } = [];

    /// <summary>Bars from above; empty for others.</summary>
    public IReadOnlyList<FigureBar> Bars { get; init; } = [];

    /// <summary>Whether the values of the bars are shares.</summary>
    public bool Shares { get; init; }

    /// <summary>Whether the bars stand on a logarithmic scale, which has no zero: their ends compare, not their lengths.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Strips of a picture, the main one first; empty for lines and heat maps.</summary>
    public IReadOnlyList<PictureStrip> Strips { get; init; } = [];

    /// <summary>The markup, styled by the report's style sheet.</summary>
    public Html Render()
    {
        if (Strips.Count > 0) return PictureFigure.Render(this);
        if (Bars.Count > 0) return BarFigure.Render(this);
        if (Rows.Count > 0) return HeatMap.Render(this);
        var chart = new SvgChart(Title, $"{Lines.Count} curves; the table beside it has their figures.", ChartAxis.Percent(X), ChartAxis.Percent(Y));
        foreach (var (index, line) in Lines.Index())
        {
            chart.Add(new ChartSeries(line.Name, [.. line.Points.Select(p => new CurvePoint(p[0], p[1]))], LineStyle.Dashed) { Colour = index });
        }

        return chart.Render();
    }
}

/// <summary>What was found, as tables and figures; written as NAME.json, and what its report is rendered from.</summary>
/// <param name="Name">What found it, as on the command line.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Summary">What was asked and what came out, one sentence each.</param>
/// <param name="Runs">The run folders.</param>
/// <param name="Settings">All settings by name.</param>
/// <param name="Tables">The tables, the main one first.</param>
/// <param name="Figures">The figures.</param>
internal sealed record ResultRecord(
    [property: JsonPropertyName("experiment")] string Name, string Title, IReadOnlyList<string> Summary, IReadOnlyList<string> Runs,
    IReadOnlyDictionary<string, string> Settings,
    IReadOnlyList<ResultTable> Tables, IReadOnlyList<ResultFigure> Figures)
{
    /// <summary>What this was computed from, each input after the name of its run where there are several; null in old files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Origin? Origin { get; init; }
}

/// <summary>JSON forms of a result's files.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ResultRecord))]
[JsonSerializable(typeof(double[]))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ResultJson : JsonSerializerContext;
