using System.Globalization;
using Dml.Engine.Evaluation;
using Dml.Engine.Runs;

namespace Dml.Engine.Reporting;

/// <summary>What the section about quality shows.</summary>
internal sealed record QualityContent
{
    /// <summary>Retrieval quality, one table for each image view; the first is the headline. Empty when nothing was evaluated.</summary>
    public IReadOnlyList<RetrievalTable> Retrieval { get; init; } = [];

    /// <summary>Retrieval quality of each test class in the first of these views, in the order in which it is shown; empty for none.</summary>
    public IReadOnlyList<ReportClass> Classes { get; init; } = [];

    /// <summary>What the classes with most errors are taken for; null leaves it out.</summary>
    public ConfusionMatrix? Matrix { get; init; }

    /// <summary>Where the classes with most errors lie; null leaves it out.</summary>
    public EmbeddingMap? Map { get; init; }

    /// <summary>The training curves in the order of the epochs; empty for a run that only evaluates.</summary>
    public IReadOnlyList<TrainingEpoch> Training { get; init; } = [];
}

/// <summary>Retrieval quality and how the training went.</summary>
internal sealed class QualitySection() : ReportSection<QualityContent>(100)
{
    /// <inheritdoc/>
    protected override QualityContent Read(ReportSource run)
    {
        var worst = run.Model.Features.TestCount > 1 ? new WorstClasses(run.Model, run.Dataset) : null;
        return new()
        {
            Retrieval = run.Metrics is { } metrics ? Retrieval(metrics) : [],
            Classes = [.. run.Metrics?.Classes.Select(Class) ?? []],
            Matrix = worst?.Matrix(),
            Map = worst?.Map(),
            Training = [.. run.Metrics?.Epochs.Select(e => new TrainingEpoch(e.Epoch, e.Loss)) ?? []],
        };
    }

    /// <inheritdoc/>
    protected override IEnumerable<ReportTile> Tiles(QualityContent content)
    {
        if (content.Retrieval is not [var main, ..]) yield break;
        if (main.Recall is [var first, ..])
        {
            yield return new($"R@{Figures.Count(first.K)}", Figures.Percent(first.Value), OtherViews(content.Retrieval, first.K));
        }

        var share = main.QueryCount > 0 ? $" ({Figures.Percent((double)main.ErrorCount / main.QueryCount)})" : "";
        yield return new("Retrieval errors", Figures.Count(main.ErrorCount), $"of {Figures.Count(main.QueryCount, "query", "queries")}{share}");
    }

    /// <inheritdoc/>
    protected override Html Render(QualityContent content, ImageSheet images) => Html.Of($"""
        <section aria-labelledby="quality">
        <h2 id="quality">Retrieval and training</h2>
        <div class="grid">
        {Tables(content.Retrieval)}<div class="stack">
        {Training(content.Training)}</div>
        </div>
        {MatrixTable.Render(content.Matrix)}{Map(content.Map)}{ClassTable.Render(content.Classes)}</section>

        """);

    private static RetrievalTable[] Retrieval(RunMetrics metrics)
    {
        List<NamedText> others = [];
        if (metrics.MapAtR is { } mapAtR) others.Add(new(MeanAveragePrecisionAtR.Key, Figures.Percent(mapAtR)));
        if (metrics.Nmi is { } nmi) others.Add(new(NormalizedMutualInformation.Key, Figures.Fixed(nmi, 4)));
        others.AddRange((metrics.Metrics ?? Enumerable.Empty<KeyValuePair<string, double?>>()).Select(m => new NamedText(m.Key, Value(m))));
        RecallAt[] recall = [.. metrics.Recall.Select(r => new RecallAt(int.Parse(r.Key, CultureInfo.InvariantCulture), r.Value))];
        var main = new RetrievalTable("evaluation view", recall, metrics.WrongItems, metrics.TestItems) { Others = others };
        return metrics.InfluenceView is { } influence
            ? [main, new("influence view", [new(1, influence.RecallAt1)], influence.WrongItems, metrics.TestItems)]
            : [main];
    }

    private static ReportClass Class(ClassRecord c) => new(c.Name, c.Items, c.Wrong, c.MapAtR, c.ConfusedName, c.ConfusedCount)
    {
        Others = [.. c.Metrics ?? Enumerable.Empty<KeyValuePair<string, double?>>()],
    };

    /// <summary>A mean over queries is a share, a figure of a clustering is none.</summary>
    private static string Value(KeyValuePair<string, double?> metric) => metric.Value is not { } value ? "–"
        : MetricList.Find(metric.Key) is ClusteringMetric ? Figures.Fixed(value, 4) : Figures.Percent(value);

    private static string OtherViews(IReadOnlyList<RetrievalTable> tables, int k)
    {
        var others = tables.Skip(1).SelectMany(table => table.Recall.Where(x => x.K == k).Select(x => $"{Figures.Percent(x.Value)} in the {table.View}"));
        return string.Join("; ", others.Prepend(tables[0].View));
    }

    private static Html Tables(IReadOnlyList<RetrievalTable> tables) => tables.Count == 0
        ? Html.Of($"""
            <p class="card empty">Nothing was evaluated in this run.</p>

            """)
        : Html.Of($"""
            <div class="card">
            {tables.Select(Table)}<p class="hint">R@k: share of queries with an item of their own class among their k nearest neighbours.{Glossary(tables)}</p>
            </div>

            """);

    private static Html Map(EmbeddingMap? map) => map is null || map.Points.Count == 0 ? Html.None : Html.Of($"""
        <figure class="card">
        {MapChart.Render(map)}<figcaption class="hint">Principal components of the unit embeddings of these classes; what they do not show is the rest of the variance.</figcaption>
        </figure>

        """);

    private static string Glossary(IReadOnlyList<RetrievalTable> tables) => string.Concat(
        tables.SelectMany(table => table.Others).Select(other => other.Name).Distinct().Select(MetricList.Find).OfType<RetrievalMetric>()
            .Select(m => $" {m.Name}: {m.Meaning}"));

    private static Html Table(RetrievalTable table)
    {
        var rows = table.Recall.Select(x => Row($"R@{Figures.Count(x.K)}", Figures.Percent(x.Value), x.Value));
        var others = table.Others.Select(x => Row(x.Name, x.Value, null));
        var errors = Row("Errors", $"{Figures.Count(table.ErrorCount)} of {Figures.Count(table.QueryCount)}", null);
        return Html.Of($"""
            <table class="recall">
            <caption>Recall, {table.View}</caption>
            <tbody>
            {rows}{others}{errors}</tbody>
            </table>

            """);
    }

    private static Html Row(string name, string value, double? share)
    {
        var bar = share is { } part && double.IsFinite(part)
            ? Html.Of($"""<span class="meter"><span style="width:{Figures.Plain(Math.Clamp(part, 0, 1) * 100)}%"></span></span>""")
            : Html.None;
        return Html.Of($"""
            <tr><th scope="row">{name}</th><td class="bar">{bar}</td><td class="number">{value}</td></tr>

            """);
    }

    private static Html Training(IReadOnlyList<TrainingEpoch> epochs)
    {
        if (epochs.Count == 0)
        {
            return Html.Of($"""
                <p class="card empty">Nothing was trained in this run.</p>

                """);
        }

        var recall = epochs.Where(x => x.RecallAt1 is not null).Select(x => new CurvePoint(x.Epoch, x.RecallAt1!.Value)).ToList();
        var chart = Curve("Training loss", "loss, mean per sample", epochs, [.. epochs.Select(x => new CurvePoint(x.Epoch, x.Loss))], share: false);
        return Html.Of($"""
            <figure class="card">
            {chart}{Notes(epochs)}</figure>
            {(recall.Count == 0 ? Html.None : Html.Of($"""
            <figure class="card">
            {Curve("R@1 after each evaluated epoch", "R@1", epochs, recall, share: true)}</figure>

            """))}
            """);
    }

    private static Html Curve(string title, string label, IReadOnlyList<TrainingEpoch> epochs, IReadOnlyList<CurvePoint> points, bool share)
    {
        var finite = points.Where(x => double.IsFinite(x.Y)).ToList();
        if (finite.Count == 0)
        {
            return Html.Of($"""<p class="empty">{title}: no finite value.</p>""");
        }

        string Text(double value) => share ? Figures.Percent(value) : Figures.Short(value);
        var (least, greatest) = (finite.MinBy(x => x.Y), finite.MaxBy(x => x.Y));
        var best = share ? greatest : least;
        var summary = finite.Count == 1
            ? $"{Text(best.Y)} at epoch {Figures.Count((long)best.X)}."
            : $"From {Text(finite[0].Y)} at epoch {Figures.Count((long)finite[0].X)} to {Text(finite[^1].Y)} at epoch {Figures.Count((long)finite[^1].X)}; "
              + $"{(share ? "highest" : "lowest")} {Text(best.Y)} at epoch {Figures.Count((long)best.X)}.";
        var x = ChartAxis.Whole("epoch", epochs.Min(epoch => epoch.Epoch), epochs.Max(epoch => epoch.Epoch));
        var y = share ? ChartAxis.Percent(label, least.Y, greatest.Y) : ChartAxis.Nice(label, Math.Min(0, least.Y), greatest.Y);
        return Html.Of($"""
            {new SvgChart(title, summary, x, y).Add(new ChartSeries(label, points)).Render()}<figcaption class="hint">{summary}</figcaption>

            """);
    }

    private static Html Notes(IReadOnlyList<TrainingEpoch> epochs)
    {
        List<string> notes = [];
        var broken = epochs.Where(x => !double.IsFinite(x.Loss)).ToList();
        if (broken.Count > 0)
        {
            notes.Add($"The loss was not finite in {Figures.Count(broken.Count, "epoch")}, first in epoch {Figures.Count(broken[0].Epoch)}.");
        }

        var speeds = epochs.Select(x => x.ImagesPerSecond ?? double.NaN).Where(double.IsFinite).Order().ToList();
        if (speeds.Count > 0)
        {
            var median = speeds[speeds.Count / 2];
            notes.Add($"Median throughput {Figures.Short(median)} images/s (from {Figures.Short(speeds[0])} to {Figures.Short(speeds[^1])}).");
        }

        return notes.Count == 0 ? Html.None : Html.Of($"""<p class="hint">{string.Join(' ', notes)}</p>""");
    }
}
