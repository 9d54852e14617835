using Dml.Engine.Runs;
using Dml.Numerics;

namespace Dml.Engine.Reporting;

/// <summary>How soon the mislabelled training samples turn up when the most harmful samples are checked first.</summary>
internal sealed class MislabelSection() : ReportSection<MislabelSummary>(200)
{
    /// <inheritdoc/>
    protected override MislabelSummary? Read(ReportSource run) => run.Mislabels is { } record ? Summary(record, run) : null;

    private const int SuspectsShown = 12;
    private const int NeighboursShown = 3;

    /// <inheritdoc/>
    protected override IEnumerable<ReportTile> Tiles(MislabelSummary content)
    {
        if (!content.IsKnown || HeadlineRecall(content) is not { } recall) yield break;
        var part = Figures.Percent(recall.Checked, 0);
        yield return new(
            "Mislabelled found", Figures.Percent(recall.Found),
            $"of {Figures.Count(content.NoisyCount)}, in the first {part} checked; a random order finds about {part}");
    }

    /// <inheritdoc/>
    protected override Html Render(MislabelSummary content, ImageSheet images) => Html.Of($"""
        <section aria-labelledby="mislabelled">
        <h2 id="mislabelled">Finding mislabelled training images</h2>
        {(content.IsKnown ? Judged(content) : Unjudged(content))}{Suspects(content.Suspects, images)}</section>

        """);

    private static Html Unjudged(MislabelSummary content) => Html.Of($"""
        <p class="intro">Nothing is known of the labels. {Figures.Count(content.SampleCount, "training sample")} were ranked from the most to the least
        suspicious by {content.Method}.</p>

        """);

    private static Html Suspects(IReadOnlyList<ReportSuspect> suspects, ImageSheet images) => suspects.Count == 0 ? Html.None : Html.Of($"""
        <h3>The most suspicious training images</h3>
        <ol class="samples">
        {suspects.Select(suspect => Suspect(suspect, images))}</ol>

        """);

    private static Html Suspect(ReportSuspect suspect, ImageSheet images)
    {
        var known = suspect.Mislabelled == true ? Html.Of($"""<span class="chip grave">mislabelled</span> """) : Html.None;
        var sure = suspect.Confidence is { } confidence ? $" ({Figures.Percent(confidence, 0)})" : "";
        return Html.Of($"""
            <li>{images.Show(suspect.Image, $"Training image {suspect.Id}, labelled {suspect.Label}")}{Parts.Who(suspect.Label, suspect.Id, Html.Of($"""<span class="truth">{known}suggested {suspect.Suggested}{sure}</span>"""))}<div class="end">{suspect.Neighbours.Select(n => images.Show(n.Image, $"Training image {n.Id}, which has the suggested label {n.Label}"))}</div></li>

            """);
    }

    private static Html Judged(MislabelSummary content) => Html.Of($"""
        <p class="intro">{Figures.Count(content.NoisyCount)} of {Figures.Count(content.SampleCount, "training sample")}
        {(content.NoisyCount == 1 ? "is" : "are")} known to be mislabelled. Samples were checked from the most to the least suspicious by
        {content.Method}.</p>
        <div class="grid">
        <figure class="card">
        {Chart(content)}</figure>
        <div class="card">
        {Table(content)}</div>
        </div>

        """);

    /// <summary>The recall whose share checked is nearest to 20 %; null when there is none.</summary>
    private static DetectionRecall? HeadlineRecall(MislabelSummary mislabels) => mislabels.Recall.Count > 0
        ? mislabels.Recall.MinBy(x => Math.Abs(x.Checked - 0.2))
        : null;

    private static MislabelSummary Summary(MislabelRecord record, ReportSource run) =>
        (record.Detection is null ? new() { Method = Method(record), NoisyCount = 0, SampleCount = record.Ranking.Count, Curve = [], Area = 0, IsKnown = false }
            : Judged(record)) with
        {
            Suspects = [.. record.Ranking.Where(s => s.Suggested is not null).Take(SuspectsShown).Select(s => Suspect(s, run))],
        };

    private static ReportSuspect Suspect(SuspectRecord suspect, ReportSource run)
    {
        var training = run.Dataset.Training;
        return new(
            suspect.Id, run.ClassName(suspect.Label), run.ClassName(suspect.Suggested!.Value), suspect.Confidence, suspect.Mislabelled,
            run.Thumbnails.Add(training[suspect.Index].File),
            [.. (suspect.Neighbours ?? []).Take(NeighboursShown)
                .Select(i => new ReportItem(training[i].Id, run.ClassName(training[i].Label), run.Thumbnails.Add(training[i].File)))]);
    }

    private static string Method(MislabelRecord record) => record.Aggregate switch
    {
        "scorer" => $"the score of {record.Estimator}",
        "top1" => $"harm on the worst confusion group by {record.Estimator}",
        _ => $"mean of harm / ||harm|| over {record.Groups} confusion groups by {record.Estimator}",
    };

    private static MislabelSummary Judged(MislabelRecord record)
    {
        var curve = DetectionCurve.Make([.. record.Ranking.Select(r => r.Score)], [.. record.Ranking.Select(r => r.Mislabelled == true)]);
        var detection = record.Detection!;
        return new()
        {
            Method = Method(record),
            NoisyCount = curve.Wanted,
            SampleCount = curve.Count,
            Curve = [.. curve.Found.Select((found, i) => new CurvePoint((double)i / curve.Count, (double)found / curve.Wanted))],
            Area = curve.Area,
            RandomArea = detection.RandomArea,
            RandomAreaDeviation = detection.RandomAreaDeviation,
            Recall = [new(0.05, detection.RecallAt5), new(0.1, detection.RecallAt10), new(0.2, detection.RecallAt20)],
        };
    }

    private static Html Chart(MislabelSummary detection)
    {
        if (!detection.Curve.Any(p => double.IsFinite(p.X) && double.IsFinite(p.Y)))
        {
            return Html.Of($"""
                <p class="empty">The detection curve has no point.</p>

                """);
        }

        var summary = $"Area under the curve {Figures.Fixed(detection.Area, 3)}; checking in random order is expected to give {RandomArea(detection)}.";
        var chart = new SvgChart(
            "Mislabelled images found", summary, ChartAxis.Percent("share of training samples checked"), ChartAxis.Percent("share of the mislabelled found"));
        chart.Add(new ChartSeries("this run", detection.Curve));
        chart.Add(new ChartSeries("random order", [new(0, 0), new(1, 1)], LineStyle.Dashed));
        if (detection.NoisyCount > 0 && detection.NoisyCount <= detection.SampleCount)
        {
            chart.Add(new ChartSeries("best possible", [new(0, 0), new((double)detection.NoisyCount / detection.SampleCount, 1), new(1, 1)], LineStyle.Dotted));
        }

        return Html.Of($"""
            {chart.Render()}<figcaption class="hint">{summary}</figcaption>

            """);
    }

    private static Html Table(MislabelSummary detection)
    {
        var rows = detection.Recall.Select(x => Html.Of($"""
            <tr><th scope="row">{Figures.Percent(x.Checked, 0)} checked</th><td class="number">{Figures.Percent(x.Found)}</td>
            <td class="number">{Figures.Percent(x.Checked)}</td></tr>

            """));
        return Html.Of($"""
            <table class="detection">
            <caption>Share of the mislabelled found</caption>
            <thead><tr><th scope="col">Checked</th><th scope="col" class="number">This run</th><th scope="col" class="number">Random order</th></tr></thead>
            <tbody>
            {rows}<tr><th scope="row">Area under the curve</th><td class="number">{Figures.Fixed(detection.Area, 3)}</td><td class="number">{RandomArea(detection)}</td></tr>
            </tbody>
            </table>
            <p class="hint">Area: the nearer to 1, the sooner the mislabelled samples are found; a random order is expected to
            give {Figures.Fixed(detection.RandomArea, 1)}{(detection.RandomAreaDeviation is null ? "" : " (± its standard deviation)")}.</p>

            """);
    }

    private static string RandomArea(MislabelSummary detection) =>
        Figures.Fixed(detection.RandomArea, 3) + (detection.RandomAreaDeviation is { } deviation ? $" ± {Figures.Fixed(deviation, 3)}" : "");
}
