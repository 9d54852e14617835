using Dml.Engine.Runs;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>
/// The report of one run as its sections, each filled with what it shows. The same report always renders to the same bytes, so every time
/// and duration in it comes from here.
/// </summary>
internal sealed record Report
{
    /// <summary>The heading, usually the name of the run.</summary>
    public required string Title { get; init; }

    /// <summary>What was run, on what, with what.</summary>
    public required ReportFacts Facts { get; init; }

    /// <summary>The sections in the order in which they are shown.</summary>
    public IReadOnlyList<FilledSection> Sections { get; init; } = [];

    /// <summary>What the reader must know of the run as a whole, beside what its sections say: skipped corrupt images, classes with one image.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>SHA-256 of what the report was made from by its name, kept in the file's head; empty for none.</summary>
    public IReadOnlyDictionary<string, string> Origin { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// PNG or JPEG bytes by image id. An image is written into the report once, however many samples show it; one that no sample
    /// shows is left out. Thumbnails of about 160 pixels keep a report small.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Images { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();

    /// <summary>Writes report.html of a run; a section for which nothing was computed is left out.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="DmlException">Results in it are of another state of the run.</exception>
    public static void Write(RunFolder run) => AtomicFile.WriteText(run.Report, HtmlReport.Render(Of(run)));

    private static Report Of(RunFolder run)
    {
        using var source = new ReportSource(run);
        return new()
        {
            Title = Path.GetFileName(run.Path),
            Facts = source.Facts,
            Sections = [.. ReportSection.All.Select(section => section.Fill(source)).OfType<FilledSection>()],
            Warnings = source.Warnings,
            Origin = Runs.Origin.Of(run).Inputs,
            Images = source.Thumbnails.Images,
        };
    }
}
