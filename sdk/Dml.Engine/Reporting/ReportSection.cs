using System.Globalization;
using Dml.Engine.Config;

namespace Dml.Engine.Reporting;

/// <summary>
/// A section of the report of a run. Each is a class that derives from <see cref="ReportSection{T}"/>, with the record of what it shows; no
/// other place names it.
/// </summary>
/// <param name="place">Sections stand in rising order of their places, which differ.</param>
internal abstract class ReportSection(int place)
{
    /// <summary>All sections in the order of the report.</summary>
    public static IReadOnlyList<ReportSection> All { get; } =
        OpenList.Of<ReportSection>(section => section.Place.ToString("D6", CultureInfo.InvariantCulture));

    /// <summary>Sections stand in rising order of their places.</summary>
    public int Place => place;

    /// <summary>The section of a run; null where the run has nothing for it.</summary>
    /// <param name="run">What the run folder holds.</param>
    public abstract FilledSection? Fill(ReportSource run);
}

/// <summary>A section that shows a T.</summary>
/// <param name="place">Sections stand in rising order of their places, which differ.</param>
internal abstract class ReportSection<T>(int place) : ReportSection(place) where T : class
{
    /// <inheritdoc/>
    public sealed override FilledSection? Fill(ReportSource run) => Read(run) is { } content ? With(content) : null;

    /// <summary>The section with what it shows.</summary>
    public FilledSection With(T content) => new(Place, images => Render(content, images), [.. Tiles(content)], [.. Warnings(content)]);

    /// <summary>Gathers what the section shows; null leaves the section out.</summary>
    protected abstract T? Read(ReportSource run);

    /// <summary>The section's markup. Its heading has an id, by which links reach it.</summary>
    /// <param name="content">What to show.</param>
    /// <param name="images">Shows images that <see cref="Read"/> added to <see cref="ReportSource.Thumbnails"/>.</param>
    protected abstract Html Render(T content, ImageSheet images);

    /// <summary>Figures of this section that belong to the top of the report.</summary>
    protected virtual IEnumerable<ReportTile> Tiles(T content) => [];

    /// <summary>What the reader must know before trusting this section; shown at the top of the report.</summary>
    protected virtual IEnumerable<string> Warnings(T content) => [];
}

/// <summary>A section with what it shows.</summary>
/// <param name="Place">Its place.</param>
/// <param name="Render">Its markup.</param>
/// <param name="Tiles">Figures for the top of the report.</param>
/// <param name="Warnings">What the reader must know.</param>
internal sealed record FilledSection(int Place, Func<ImageSheet, Html> Render, IReadOnlyList<ReportTile> Tiles, IReadOnlyList<string> Warnings);
