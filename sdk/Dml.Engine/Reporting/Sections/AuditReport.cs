using Dml.Engine.Auditing;

namespace Dml.Engine.Reporting;

/// <summary>An item of a finding as the report shows it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Label">Its class.</param>
/// <param name="Image">Key of its image, or null.</param>
/// <param name="Test">Whether it is a test item.</param>
internal sealed record AuditPicture(string Id, string Label, string? Image, bool Test);

/// <summary>A finding as the report shows it.</summary>
/// <param name="Finding">What was found.</param>
/// <param name="Items">Its items.</param>
/// <param name="Evidence">What speaks for it.</param>
internal sealed record AuditEntry(AuditFinding Finding, IReadOnlyList<AuditPicture> Items, IReadOnlyList<AuditPicture> Evidence);

/// <summary>A check as the report shows it.</summary>
/// <param name="Section">What it found.</param>
/// <param name="Entries">Its first findings.</param>
internal sealed record AuditChapter(AuditSection Section, IReadOnlyList<AuditEntry> Entries);

/// <summary>What the audit of the run found.</summary>
/// <param name="Chapters">One a check.</param>
internal sealed record AuditSummary(IReadOnlyList<AuditChapter> Chapters);

/// <summary>What an audit found: each check with its figures, and its first findings with pictures.</summary>
internal sealed class AuditReport() : ReportSection<AuditSummary>(250)
{
    private const int FindingsShown = 20;
    private const int PicturesShown = 4;

    /// <inheritdoc/>
    protected override AuditSummary? Read(ReportSource run)
    {
        if (AuditFiles.TryRead(run.Run.Path) is not { } record) return null;
        run.RequireCurrent(record.Origin, Path.Combine(run.Run.Path, AuditFiles.Summary), "audit");
        return new([.. record.Sections.Select(s => new AuditChapter(s, [.. s.Findings.Take(FindingsShown).Select(f => Entry(run, f))]))]);
    }

    /// <inheritdoc/>
    protected override IEnumerable<ReportTile> Tiles(AuditSummary content)
    {
        var found = content.Chapters.Sum(c => c.Section.Findings.Count);
        yield return new("Audit", Figures.Count(found, "finding"), $"of {Figures.Count(content.Chapters.Count, "check")}, each with its reason");
    }

    /// <inheritdoc/>
    protected override Html Render(AuditSummary content, ImageSheet images) => Html.Of($"""
        <section aria-labelledby="audit">
        <h2 id="audit">Audit</h2>
        <table>
        <caption>What each check found</caption>
        <thead><tr><th scope="col">Check</th><th scope="col" class="number">Findings</th><th scope="col">Summary</th></tr></thead>
        <tbody>
        {content.Chapters.Select(Line)}</tbody>
        </table>
        {content.Chapters.Where(c => c.Entries.Count + c.Section.Figures.Count > 0).Select(c => Chapter(c, images))}</section>

        """);

    private static Html Line(AuditChapter chapter) => Html.Of($"""
        <tr><th scope="row">{chapter.Section.Title}</th>
        <td class="number">{(chapter.Section.Ran ? Figures.Count(chapter.Section.Findings.Count) : "not run")}</td><td>{chapter.Section.Summary}</td></tr>

        """);

    private static Html Chapter(AuditChapter chapter, ImageSheet images)
    {
        var rest = chapter.Section.Findings.Count - chapter.Entries.Count;
        var more = rest > 0 ? Html.Of($"""<p class="hint">{Figures.Count(rest, "more finding")} in audit.csv.</p>""") : Html.None;
        var list = chapter.Entries.Count == 0 ? Html.None : Html.Of($"""
            <ol class="samples">
            {chapter.Entries.Select(entry => Entry(entry, images))}</ol>

            """);
        return Html.Of($"""
            <h3>{chapter.Section.Title}</h3>
            {chapter.Section.Figures.Select(Figure)}{list}{more}
            """);
    }

    private static Html Figure(AuditFigure figure) => Html.Of($"""
        <p class="hint">{figure.Name}: {(figure.Value is { } value ? Figures.Short(value) : "none")}. {figure.Meaning}</p>

        """);

    private static Html Entry(AuditEntry entry, ImageSheet images)
    {
        var finding = entry.Finding;
        var suggestion = finding.Suggestion is { } name
            ? Html.Of($"""<span class="truth">suggested {name}{(finding.Confidence is { } sure ? $" ({Figures.Percent(sure, 0)})" : "")}</span>""") : Html.None;
        return Html.Of($"""
            <li>{entry.Items.Select(item => Picture(item, "found", images))}{entry.Evidence.Select(item => Picture(item, "evidence", images))}<span class="who">
            <span class="label">{string.Join(", ", finding.Classes)}</span>{suggestion}<span class="id">{string.Join(", ", entry.Items.Select(i => i.Id))}</span>
            <small>{finding.Reason}</small></span><div class="end"><span class="number">{Figures.Short(finding.Value)}</span></div></li>

            """);
    }

    private static Html Picture(AuditPicture item, string role, ImageSheet images) =>
        images.Show(item.Image, $"{(item.Test ? "Test" : "Training")} image {item.Id}, {role}, class {item.Label}");

    private static AuditEntry Entry(ReportSource run, AuditFinding finding) => new(finding, Pictures(run, finding.Items), Pictures(run, finding.Evidence));

    private static AuditPicture[] Pictures(ReportSource run, IReadOnlyList<AuditItem> items) =>
    [
        .. items.Take(PicturesShown)
            .Select(i => new AuditPicture(i.Id, i.ClassName, i.File is { } file ? run.Thumbnails.Add(file) : null, i.Split == Split.Test)),
    ];
}
