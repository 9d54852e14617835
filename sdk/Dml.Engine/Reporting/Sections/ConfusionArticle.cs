using System.Globalization;

namespace Dml.Engine.Reporting;

/// <summary>One explained retrieval error.</summary>
internal static class ConfusionArticle
{
    /// <param name="confusion">The error.</param>
    /// <param name="index">Its place in the report.</param>
    /// <param name="classes">What its <c>data-classes</c> says: the places of its classes in the list that the reader chooses from.</param>
    /// <param name="images">Where images come from.</param>
    public static Html Render(ExplainedConfusion confusion, int index, string classes, ImageSheet images)
    {
        var greatest = confusion.Harmful.Concat(confusion.Helpful).Select(x => Math.Abs(x.Harm)).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        return Html.Of($"""
            <article class="card confusion" id="c{index + 1}" data-classes="{classes}" aria-labelledby="h{index + 1}">
            <h3 id="h{index + 1}">{confusion.Name} <span class="chip">{Kind(confusion.Kind)}</span></h3>
            <p class="facts-line">{Facts(confusion)}</p>
            {Errors(confusion, images)}<div class="columns">
            {Samples("harmful", "▲ Most harmful", "Training on these makes the error worse.", confusion.Harmful, greatest, images)}
            {Samples("helpful", "▼ Most helpful", "Training on these makes the error smaller.", confusion.Helpful, greatest, images)}</div>
            {(confusion.Histogram is { } histogram ? HarmChart.Render(histogram) : Html.None)}</article>

            """);
    }

    /// <summary>Number of pairs in the confusion.</summary>
    public static string PairCount(ExplainedConfusion confusion) => Figures.Count(Math.Max(confusion.PairCount, confusion.Errors.Count));

    private static string Kind(ConfusionKind kind) => kind == ConfusionKind.Group ? "group of pairs" : "one pair";

    private static Html Facts(ExplainedConfusion confusion)
    {
        var walks = confusion.Directions.Select(walk => Html.Of($"<span>{Walk(walk)}</span>"));
        return Html.Of(
            $"""<span>d = <b>{Figures.Distance(confusion.Distance)}</b></span><span>path: {confusion.Path}</span>{Solver(confusion.Solver)}{walks}""");
    }

    private static Html Solver(SolverCertificate? solver)
    {
        if (solver is null) return Html.None;
        var residual = solver.Residual is { } r ? $", residual {Figures.Short(r)}" : "";
        var condition = solver.Condition is { } c ? $", condition about {Figures.Short(c)}" : "";
        var note = solver.Note.Length > 0 ? $"; {solver.Note}" : "";
        return Html.Of($"<span>{solver.Solver}: {Figures.Count(solver.Iterations, "iteration")}{residual}{condition}{note}</span>");
    }

    private static string Walk(WalkDirection walk) =>
        $"{(walk.Sign > 0 ? "ascent (+1)" : "descent (−1)")}: {Figures.Count(walk.Steps, "step")}, Δd = {Figures.Signed(walk.DeltaDistance)}";

    private static Html Errors(ExplainedConfusion confusion, ImageSheet images)
    {
        if (confusion.Errors.Count == 0) return Html.None;
        var rest = confusion.PairCount - confusion.Errors.Count;
        var more = rest > 0
            ? Html.Of($"""<p class="hint more">and {Figures.Count(rest, "more query", "more queries")} that {(rest == 1 ? "is" : "are")} not shown.</p>""")
            : Html.None;
        return Html.Of($"""
            <h4>{(confusion.Errors.Count == 1 ? "The query" : "Queries")} and what is nearest</h4>
            <ul class="errors">
            {confusion.Errors.Select(error => Parts.Row(error, images))}</ul>
            {more}
            """);
    }

    private static Html Samples(
        string kind, string heading, string says, IReadOnlyList<InfluentialSample> samples, double greatest, ImageSheet images)
    {
        var list = samples.Count == 0
            ? Html.Of($"""
                <p class="hint">None.</p>

                """)
            : Html.Of($"""
                <ol class="causes">
                {samples.Select(sample => Parts.Cause(sample, greatest, Standings(sample.Standings), images))}</ol>

                """);
        return Html.Of($"""
            <div class="column {kind}">
            <h4>{heading}</h4>
            <p class="hint">{says}</p>
            {list}</div>

            """);
    }

    private static Html Standings(IReadOnlyList<SampleStanding> standings) => standings.Count == 0 ? Html.None : new(
        $" data-harm=\"{string.Join(' ', standings.Select(s => s.Harm.ToString("E2", CultureInfo.InvariantCulture)))}\" "
            + $"data-rank=\"{string.Join(' ', standings.Select(s => s.Rank.ToString(CultureInfo.InvariantCulture)))}\"");
}
