using Dml.Engine.Runs;
using Dml.Numerics;

namespace Dml.Engine.Reporting;

/// <summary>How soon the mislabelled training samples turn up when the most harmful samples are checked first.</summary>
internal sealed class MislabelSection() : ReportSection<MislabelSummary>(200)
{
    /// <inheritdoc/>
    protected override MislabelSummary? Read(ReportSource run) => run.Mislabels is { Detection: not null } record ? Summary(record) : null;

    /// <inheritdoc/>
    protected override IEnumerable<ReportTile> Tiles(MislabelSummary content)
    {
        if (HeadlineRecall(content) is not { } recall) yield break;
        var part = Figures.Percent(recall.Checked, 0);
        yield return new(
            "Mislabelled found", Figures.Percent(recall.Found),
            $"of {Figures.Count(content.NoisyCount)}, in the first {part} checked; a random order finds about {part}");
    }

    /// <inheritdoc/>
    protected override Html Render(MislabelSummary content, ImageSheet images) => Html.Of($"""
        <section aria-labelledby="mislabelled">
        <h2 id="mislabelled">Finding mislabelled training images</h2>
        <p class="intro">{Figures.Count(content.NoisyCount)} of {Figures.Count(content.SampleCount, "training sample")}
        {(content.NoisyCount == 1 ? "is" : "are")} known to be mislabelled. Samples were checked from the most to the least suspicious by
        {content.Method}.</p>
        <div class="grid">
        <figure class="card">
        {Chart(content)}</figure>
        <div class="card">
        {Table(content)}</div>
        </div>
        </section>

        """);

    /// <summary>The recall whose share checked is nearest to 20 %; null when there is none.</summary>
    private static DetectionRecall? HeadlineRecall(MislabelSummary mislabels) => mislabels.Recall.Count > 0
        ? mislabels.Recall.MinBy(x => Math.Abs(x.Checked - 0.2))
        : null;

    private static MislabelSummary Summary(MislabelRecord record)
    {
        var curve = DetectionCurve.Make([.. record.Ranking.Select(r => r.Score)], [.. record.Ranking.Select(r => r.Mislabelled)]);
        var detection = record.Detection!;
        return new()
        {
            Method = record.Aggregate switch
            {
                "scorer" => $"the score of {record.Estimator}",
                "top1" => $"harm on the worst confusion group by {record.Estimator}",
                _ => $"mean of harm / ||harm|| over {record.Groups} confusion groups by {record.Estimator}",
            },
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
