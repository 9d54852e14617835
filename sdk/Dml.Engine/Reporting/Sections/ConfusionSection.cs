using Dml.Engine.Explaining;

namespace Dml.Engine.Reporting;

/// <summary>What the section about confusions shows.</summary>
internal sealed record ConfusionContent
{
    /// <summary>The estimator with its settings, and the number of training samples.</summary>
    public required ReportFacts Facts { get; init; }

    /// <summary>The explained retrieval errors in the order in which they are shown.</summary>
    public IReadOnlyList<ExplainedConfusion> Confusions { get; init; } = [];

    /// <summary>Whether there is no retrieval error to explain.</summary>
    public bool AllRight { get; init; }

    /// <summary>What the reader must know before trusting the figures.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>The explained retrieval errors: how to read them, an overview, then one article for each.</summary>
internal sealed class ConfusionSection() : ReportSection<ConfusionContent>(300)
{
    /// <inheritdoc/>
    protected override ConfusionContent Read(ReportSource run) => new()
    {
        Facts = run.Facts,
        Confusions = new ExplainedConfusions(run).All(),
        AllRight = run.Metrics is { TestItems: > 0, WrongItems: 0 },
        Notes = [.. Notes(run.Influence)],
    };

    /// <inheritdoc/>
    protected override IEnumerable<ReportTile> Tiles(ConfusionContent content)
    {
        if (content.Confusions.Count == 0) yield break;
        var groups = content.Confusions.Count(x => x.Kind == ConfusionKind.Group);
        yield return new(
            "Confusions explained", Figures.Count(content.Confusions.Count),
            $"{Figures.Count(groups, "group")}, {Figures.Count(content.Confusions.Count - groups, "pair")}");
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warnings(ConfusionContent content) => content.Notes;

    /// <inheritdoc/>
    protected override Html Render(ConfusionContent content, ImageSheet images) => Html.Of($"""

        <section aria-labelledby="confusions">
        <h2 id="confusions">Retrieval errors and their causes</h2>
        {(content.Confusions.Count == 0 ? Nothing(content.AllRight) : Explained(content, images))}</section>

        """);

    private static IEnumerable<string> Notes(InfluenceRecord? influence)
    {
        if (influence?.LossNote is { } note) yield return note;
        if (influence is { Signed: false })
        {
            yield return $"The scores of {influence.Estimator} are relevance without a sign, so no causes are shown; they are in top.csv.";
        }
    }

    private static Html Nothing(bool allRight) => allRight
        ? Html.Of($"""
            <p class="card empty">There is nothing to explain: every query's nearest neighbour has its own class.</p>

            """)
        : Html.Of($"""
            <p class="card empty">No error was explained in this run.</p>

            """);

    private static Html Explained(ConfusionContent content, ImageSheet images)
    {
        string[] names = [.. content.Confusions.SelectMany(Classes).Distinct().Order(StringComparer.Ordinal)];
        string[] classes = [.. content.Confusions.Select(c => string.Join(' ', Classes(c).Distinct().Select(n => Array.IndexOf(names, n)).Order()))];
        return Explained(content, names, classes, images);
    }

    /// <summary>The classes of the items and samples that are shown.</summary>
    private static IEnumerable<string> Classes(ExplainedConfusion confusion) =>
    [
        .. confusion.Errors.SelectMany(e => e.Neighbours.Select(n => n.Item.Label).Prepend(e.Query.Label)),
        .. confusion.Harmful.Concat(confusion.Helpful).Select(s => s.Label),
    ];

    private static Html Explained(ConfusionContent content, IReadOnlyList<string> names, string[] classes, ImageSheet images) => Html.Of($"""
        <p class="intro">A confusion is a test image whose nearest neighbour has another class, or the group of such images of one class.
        Each training sample gets one figure for each confusion, its harm.</p>
        <div class="card key">
        <p><strong class="wrong-text">▲ Harm above 0: harmful.</strong> Training on the sample makes the error worse.</p>
        <p><strong class="right-text">▼ Harm below 0: helpful.</strong> Training on the sample makes the error smaller.</p>
        <p class="hint">The sign means the same for every estimator. Sizes compare within a confusion, not between confusions. d is the
        squared distance between the unit embeddings of the confused images, from 0 (same place) to 4 (opposite); a group's is the mean over
        its pairs. Below a neighbour stands whether its class is right, and how far its embedding is from the query's.</p>
        {Estimator(content.Facts)}</div>
        {(content.Confusions.Count > 1 ? Overview(content.Confusions, names, classes) : Html.None)}
        {content.Confusions.Select((confusion, index) => ConfusionArticle.Render(confusion, index, classes[index], images))}<dialog id="sample" class="card" data-count="{content.Facts.TrainCount}" aria-label="Where else the sample does harm"></dialog>
        """);

    private static Html Estimator(ReportFacts facts) => facts.Estimator.Length == 0 ? Html.None : Html.Of($"""
        <dl class="settings">
        <div><dt>Estimator</dt><dd>{facts.Estimator}</dd></div>
        {facts.EstimatorSettings.Append(new NamedText("precision", facts.Precision)).Concat(facts.EstimatorCost).Select(Setting)}</dl>

        """);

    private static Html Setting(NamedText setting) => Html.Of($"""
        <div><dt>{setting.Name}</dt><dd>{setting.Value}</dd></div>

        """);

    private static Html Overview(IReadOnlyList<ExplainedConfusion> confusions, IReadOnlyList<string> names, string[] classes) => Html.Of($"""
        <p class="control" hidden="hidden"><label>Show confusions with class <select id="class-filter"><option value="">any</option>
        {names.Select((name, i) => Html.Of($"""<option value="{i}">{name}</option>"""))}</select></label> <span id="class-filter-count" class="hint" role="status"></span>
        <span class="hint">Choose the image of a training sample to see where else it does harm.</span></p>
        <div class="card scroll" role="region" aria-label="Overview of the confusions" tabindex="0">
        <table class="overview sortable">
        <caption>Overview</caption>
        <thead><tr><th scope="col">Confusion</th><th scope="col" class="number">Pairs</th><th scope="col" class="number">d</th>
        <th scope="col">Most harmful sample</th><th scope="col" class="number">Harm</th></tr></thead>
        <tbody>
        {confusions.Select((confusion, index) => OverviewRow(confusion, index, classes[index]))}</tbody>
        </table>
        </div>

        """);

    private static Html OverviewRow(ExplainedConfusion confusion, int index, string classes)
    {
        var worst = confusion.Harmful.Count > 0 ? confusion.Harmful[0] : null;
        var mislabelled = worst?.TrueLabel is null ? Html.None : Html.Of($""" <span class="chip grave">mislabelled</span>""");
        return Html.Of($"""
            <tr data-classes="{classes}"><th scope="row"><a href="#c{index + 1}">{confusion.Name}</a></th>
            <td class="number" data-v="{Math.Max(confusion.PairCount, confusion.Errors.Count)}">{ConfusionArticle.PairCount(confusion)}</td><td class="number" data-v="{Figures.Exact(confusion.Distance)}">{Figures.Fixed(confusion.Distance, 3)}</td>
            <td>{worst?.Label ?? "none"}{mislabelled}</td>{(worst is null ? Html.Of($"<td></td>") : Html.Of($"""<td class="number" data-v="{Figures.Exact(worst.Harm)}">{Figures.Signed(worst.Harm)}</td>"""))}</tr>

            """);
    }
}
