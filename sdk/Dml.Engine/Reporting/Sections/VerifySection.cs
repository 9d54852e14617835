using Dml.Engine.Verification;

namespace Dml.Engine.Reporting;

/// <summary>Whether scores are right: how well each estimator predicts a retraining, and which to use.</summary>
internal sealed class VerifySection() : ReportSection<VerifyRecord>(350)
{
    /// <inheritdoc/>
    protected override VerifyRecord? Read(ReportSource run)
    {
        if (VerifyFiles.TryRead(run.Run.Path) is not { } record) return null;
        run.RequireCurrent(record.Origin, Path.Combine(run.Run.Path, VerifyFiles.Summary), "verify");
        return record;
    }

    /// <inheritdoc/>
    protected override Html Render(VerifyRecord content, ImageSheet images) => Html.Of($"""
        <section aria-labelledby="verified">
        <h2 id="verified">Are the scores right?</h2>
        <p class="intro">{Retraining(content.Settings)} {content.Recommendation?.Text ?? ""}</p>
        <div class="card">
        <table>
        <caption>Agreement with {Figures.Count(content.Settings.Subsets)} retrainings, each without {Figures.Percent(content.Settings.LeaveOut)} of the samples; mean over {Figures.Count(content.Targets.Count, "error")}</caption>
        <thead><tr><th scope="col">Estimator</th><th scope="col" class="number">Score</th><th scope="col" class="number">95&#8239;% interval</th></tr></thead>
        <tbody>
        {Ordered(content.Estimators, r => r.Estimator, r => r.Score).Select(r => Line(r.Estimator, r.Score, r.Low, r.High))}</tbody>
        </table>
        </div>
        {(content.LeaveOneOut is { } single ? Single(single) : Html.None)}{(content.Brittleness is { } dropped ? Dropped(dropped) : Html.None)}</section>

        """);

    private static string Retraining(VerifySettings settings) =>
        $"The head was retrained {(settings.FromScratch ? "from the beginning" : "from the run's")} by {Figures.Count(settings.Steps, "step")} "
            + $"of {Optimizer(settings.Optimizer)}, rate {Figures.Short(settings.LearningRate)}"
            + $"{(settings.AdamEpsilon is { } epsilon ? $", epsilon {Figures.Short(epsilon)}" : "")}{(settings.MovesProxies ? ", with its proxies" : "")}"
            + $"{(settings.Orders > 1 ? $"; d is the mean over {Figures.Count(settings.Orders, "order")} of batches" : "")}.";

    private static string Optimizer(HeadOptimizer optimizer) => optimizer switch
    {
        HeadOptimizer.Sgd => "plain gradient descent",
        HeadOptimizer.Adam => "Adam",
        _ => "AdamW",
    };

    private static Html Single(LeaveOneOutRecord single) => Html.Of($"""
        <div class="card">
        <table>
        <caption>Agreement with retraining without one sample, for {Figures.Count(single.Samples.Count, "sample")}</caption>
        <thead><tr><th scope="col">Estimator</th><th scope="col" class="number">Correlation</th><th scope="col" class="number">95&#8239;% interval</th></tr></thead>
        <tbody>
        {Ordered(single.Estimators, r => r.Estimator, r => r.Score).Select(r => Line(r.Estimator, r.Score, r.Low, r.High))}</tbody>
        </table>
        </div>

        """);

    private static Html Dropped(BrittlenessRecord dropped) => dropped.Rows.Count == 0
        ? Html.Of($"""
            <p>Retraining with all samples leaves none of {Figures.Count(dropped.Errors, "error")}.</p>

            """)
        : Html.Of($"""
            <div class="card">
            <table>
            <caption>Errors that vanish, of {Figures.Count(dropped.Wrong)} left after retraining with all samples, when the most harmful samples are dropped</caption>
            <thead><tr><th scope="col">Dropped</th>{dropped.Rows.Select(r => r.Dropped).Distinct().Select(Head)}</tr></thead>
            <tbody>
            {dropped.Rows.GroupBy(r => r.Estimator).Select(Line)}</tbody>
            </table>
            </div>

            """);

    private static Html Head(int dropped) => Html.Of($"""<th scope="col" class="number">{Figures.Count(dropped)}</th>""");

    private static Html Line(IGrouping<string, BrittlenessRow> rows) => Html.Of($"""
        <tr><th scope="row">{rows.Key}</th>{rows.Select(Cell)}</tr>

        """);

    private static Html Cell(BrittlenessRow row) => Html.Of($"""<td class="number">{Figures.Percent(row.Cured, 0)}</td>""");

    private static Html Line(string estimator, double score, double low, double high) => Html.Of($"""
        <tr><th scope="row">{estimator}</th><td class="number">{Figures.Fixed(score, 3)}</td><td class="number">{Figures.Fixed(low, 3)} to {Figures.Fixed(high, 3)}</td></tr>

        """);

    /// <summary>The ceiling, then the best first.</summary>
    private static IEnumerable<T> Ordered<T>(IEnumerable<T> rows, Func<T, string> name, Func<T, double> score) =>
        rows.OrderByDescending(r => name(r) == Verifier.Ceiling).ThenByDescending(score);
}
