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
    /// <returns>One sentence about images that could not be shown, or null.</returns>
    /// <exception cref="DmlException">Results in it are of another state of the run.</exception>
    public static string? Write(RunFolder run)
    {
        using var source = new ReportSource(run);
        AtomicFile.WriteText(run.Report, HtmlReport.Render(Of(source)));
        return source.Thumbnails.Warning;
    }

    private static Report Of(ReportSource source)
    {
        // First of all, since only then it is known which images could be read.
        FilledSection[] sections = [.. ReportSection.All.Select(section => section.Fill(source)).OfType<FilledSection>()];
        return new()
        {
            Title = Path.GetFileName(source.Run.Path),
            Facts = source.Facts,
            Sections = sections,
            Warnings = source.Thumbnails.Warning is { } absent ? [.. source.Warnings, absent] : source.Warnings,
            Origin = Runs.Origin.Of(source.Run).Inputs,
            Images = source.Thumbnails.Images,
        };
    }
}
