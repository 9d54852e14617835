using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

public sealed class SvgChartTests
{
    [Fact]
    public void A_small_chart_of_two_lines()
    {
        var chart = new SvgChart("Found", "Rises from 0 to 1.", ChartAxis.Percent("checked"), ChartAxis.Nice("found, images", 0, 40));
        chart.Add(new ChartSeries("run <1>", [new(0, 0), new(0.25, 30), new(0.5, double.NaN), new(1, 40)]));
        chart.Add(new ChartSeries("random", [new(0, 0), new(1, 40)], LineStyle.Dashed));
        Snapshot.Verify(chart.Render().Markup);
    }

    [Fact]
    public void A_long_line_is_thinned_but_keeps_its_ends()
    {
        var points = Enumerable.Range(0, 10_001).Select(i => new CurvePoint(i / 10_000.0, i / 10_000.0)).ToList();
        var markup = new SvgChart("t", "s", ChartAxis.Percent("x"), ChartAxis.Percent("y")).Add(new ChartSeries("n", points)).Render().Markup;
        Assert.InRange(markup.Length, 1000, 12_000);
        Assert.Contains("386,52\"", markup, StringComparison.Ordinal);
    }
}
