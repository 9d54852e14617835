namespace Dml.Engine.Reporting;

/// <summary>
/// What a report shows as the explorer does: a query and its neighbours, and training samples with their harm. Both have the look of parts.css, and the
/// explorer's Page/items.js draws the same elements with the same words.
/// </summary>
internal static class Parts
{
    /// <summary>Class and id of an item, the class first.</summary>
    /// <param name="label">The class.</param>
    /// <param name="id">The id.</param>
    /// <param name="between">What stands between them.</param>
    public static Html Who(string label, string id, Html between = default) =>
        Html.Of($"""<span class="who"><span class="label">{label}</span>{between}<span class="id">{id}</span></span>""");

    /// <summary>A query with the items that lie nearest to it, as an item of a list.</summary>
    /// <param name="error">The query and its neighbours.</param>
    /// <param name="images">Where images come from.</param>
    public static Html Row(ReportError error, ImageSheet images)
    {
        var (id, label) = (error.Query.Id, error.Query.Label);
        var image = images.Show(error.Query.Image, $"Test image {id}, the query, class {label}");
        var distance = error.Neighbours.Count == 0 ? Html.None
            : Html.Of($"""<span class="hint number">at {Figures.Distance(error.Neighbours[0].Distance)}</span>""");
        return Html.Of($"""
            <li class="error-row"><span class="error-query">{image}<span class="who">
            <span class="label">{label}</span><span class="id">{id}</span>{distance}</span></span>
            <span class="strip">{error.Neighbours.Select(neighbour => Tile(neighbour, images))}</span></li>

            """);
    }

    /// <summary>A training sample with its harm, as an item of a list.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="greatest">The greatest size of a harm beside it, whose bar is full.</param>
    /// <param name="attributes">Attributes of the element.</param>
    /// <param name="images">Where images come from.</param>
    public static Html Cause(InfluentialSample sample, double greatest, Html attributes, ImageSheet images)
    {
        var width = greatest > 0 && double.IsFinite(sample.Harm) ? Math.Abs(sample.Harm) / greatest * 100 : 0;
        var truth = sample.TrueLabel is { } label
            ? Html.Of($"""<span class="truth"><span class="chip grave">mislabelled</span> truly {label}</span>""")
            : Html.None;
        var description = sample.TrueLabel is null ? $"labelled {sample.Label}" : $"labelled {sample.Label}, truly {sample.TrueLabel}";
        return Html.Of($"""
            <li class="cause"{attributes}>{images.Show(sample.Image, $"Training image {sample.Id}, {description}")}{Who(sample.Label, sample.Id, truth)}
            <span class="harm number">{Figures.Signed(sample.Harm)}<span class="meter"><span style="width:{Figures.Plain(width)}%"></span></span></span></li>

            """);
    }

    private static Html Tile(ReportNeighbour neighbour, ImageSheet images)
    {
        var (item, sign, word) = (neighbour.Item, neighbour.IsRight ? "✓" : "✗", neighbour.IsRight ? "right" : "wrong");
        var image = images.Show(item.Image, $"Test image {item.Id}", item.Id);
        var path = item.Label.Contains('/', StringComparison.Ordinal) ? " path" : "";
        var distance = Html.Of($"""<span class="tile-number"> {Figures.ShortDistance(neighbour.Distance)}</span>""");
        return Html.Of($"""
            <span class="tile {word}"><span class="frame">{image}<span class="sign" aria-hidden="true">{sign}</span></span>
            <span class="tile-name{path}" title="{item.Label}, {item.Id}"><bdi>{item.Label}</bdi></span>
            <span class="tile-line number">{word}{distance}</span></span>

            """);
    }
}
