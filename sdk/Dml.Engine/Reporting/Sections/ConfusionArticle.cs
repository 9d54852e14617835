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
            {Pairs(confusion, images)}<div class="columns">
            {Samples("harmful", "▲ Most harmful training samples", confusion.Harmful, greatest, images)}
            {Samples("helpful", "▼ Most helpful training samples", confusion.Helpful, greatest, images)}</div>
            {(confusion.Histogram is { } histogram ? HarmChart.Render(histogram) : Html.None)}</article>

            """);
    }

    /// <summary>Number of pairs in the confusion.</summary>
    public static string PairCount(ExplainedConfusion confusion) => Figures.Count(Math.Max(confusion.PairCount, confusion.Pairs.Count));

    private static string Kind(ConfusionKind kind) => kind == ConfusionKind.Group ? "group of pairs" : "one pair";

    private static Html Facts(ExplainedConfusion confusion)
    {
        var walks = confusion.Directions.Select(walk => Html.Of($"<span>{Walk(walk)}</span>"));
        return Html.Of(
            $"""<span>d = <b>{Figures.Fixed(confusion.Distance, 4)}</b></span><span>path: {confusion.Path}</span>{Solver(confusion.Solver)}{walks}""");
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

    private static Html Pairs(ExplainedConfusion confusion, ImageSheet images)
    {
        if (confusion.Pairs.Count == 0)
        {
            return Html.None;
        }

        var rest = confusion.PairCount - confusion.Pairs.Count;
        var more = rest > 0
            ? Html.Of($"""<p class="hint">and {Figures.Count(rest, "more pair")} that {(rest == 1 ? "is" : "are")} not shown.</p>""")
            : Html.None;
        return Html.Of($"""
            <h4>Confused test images</h4>
            <ul class="pairs">
            {confusion.Pairs.Select(pair => Pair(pair, images))}</ul>
            {more}
            """);
    }

    private static Html Pair(ReportPair pair, ImageSheet images) => Html.Of($"""
        <li class="pair">
        {Item(pair.Anchor, "query", images)}<span class="arrow" aria-hidden="true">→</span>
        {Item(pair.Neighbour, "neighbour", images)}</li>

        """);

    private static Html Item(ReportItem item, string role, ImageSheet images) => Html.Of($"""
        <div class="item">{images.Show(item.Image, $"Test image {item.Id}, {role}, class {item.Label}")}<small class="role">{role}</small>
        <span class="label">{item.Label}</span><span class="id">{item.Id}</span></div>

        """);

    private static Html Samples(string kind, string heading, IReadOnlyList<InfluentialSample> samples, double greatest, ImageSheet images)
    {
        var list = samples.Count == 0
            ? Html.Of($"""
                <p class="empty">None.</p>

                """)
            : Html.Of($"""
                <ol class="samples {kind}">
                {samples.Select(sample => Sample(sample, greatest, images))}</ol>

                """);
        return Html.Of($"""
            <div>
            <h4 class="{kind}">{heading}</h4>
            {list}</div>

            """);
    }

    private static Html Standings(IReadOnlyList<SampleStanding> standings) => standings.Count == 0 ? Html.None : new(
        $" data-harm=\"{string.Join(' ', standings.Select(s => s.Harm.ToString("E2", CultureInfo.InvariantCulture)))}\" "
            + $"data-rank=\"{string.Join(' ', standings.Select(s => s.Rank.ToString(CultureInfo.InvariantCulture)))}\"");

    private static Html Sample(InfluentialSample sample, double greatest, ImageSheet images)
    {
        var width = greatest > 0 && double.IsFinite(sample.Harm) ? Math.Abs(sample.Harm) / greatest * 100 : 0;
        var truth = sample.TrueLabel is { } label
            ? Html.Of($"""<span class="truth"><span class="badge">mislabelled</span> truly {label}</span>""")
            : Html.None;
        var description = sample.TrueLabel is null ? $"labelled {sample.Label}" : $"labelled {sample.Label}, truly {sample.TrueLabel}";
        return Html.Of($"""
            <li{Standings(sample.Standings)}>{images.Show(sample.Image, $"Training image {sample.Id}, {description}")}<div class="what">
            <span class="label">{sample.Label}</span>{truth}<span class="id">{sample.Id}</span></div><div class="harm">
            <span class="number">{Figures.Signed(sample.Harm)}</span>
            <span class="meter"><span style="width:{Figures.Plain(width)}%"></span></span></div></li>

            """);
    }
}
