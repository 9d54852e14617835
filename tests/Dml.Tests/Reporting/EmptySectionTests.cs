using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

public sealed class EmptySectionTests
{
    private static string Text(ReportModel model) => ReportExamples.Parse(model).Descendants("main").Single().Value;

    [Fact]
    public void A_run_without_anything_optional_renders()
    {
        var text = Text(ReportExamples.Bare);
        Assert.Contains("No error was explained in this run.", text, StringComparison.Ordinal);
        Assert.Contains("Nothing was trained in this run.", text, StringComparison.Ordinal);
        Assert.Contains("Nothing was evaluated in this run.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Mislabelled", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_run_without_errors_says_that_there_is_nothing_to_explain() =>
        Assert.Contains(
            "There is nothing to explain",
            Text(ReportExamples.Bare with { Retrieval = [new RetrievalTable("view", [new(1, 1)], 0, 20)] }),
            StringComparison.Ordinal);

    [Fact]
    public void A_confusion_without_samples_pairs_walks_or_histogram_renders()
    {
        var bare = new ExplainedConfusion { Name = "pair 1:2", Kind = ConfusionKind.Pair, Distance = 0, Path = "general" };
        var text = Text(ReportExamples.Full with { Confusions = [bare, bare] });
        Assert.Contains("None.", text, StringComparison.Ordinal);
        Assert.Contains("path: general", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_epoch_is_a_mark_without_a_line()
    {
        var document = ReportExamples.Parse(ReportExamples.Bare with { Training = [new(1, 2.3, 0.5)] });
        Assert.Equal(2, document.Descendants("circle").Count());
        Assert.Empty(document.Descendants("polyline"));
        Assert.Contains("2.30 at epoch 1.", document.Descendants("figcaption").First().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void An_epoch_whose_loss_is_not_finite_leaves_a_gap_and_is_told()
    {
        var document = ReportExamples.Parse(ReportExamples.Bare with
        {
            Training = [new(1, 3), new(2, 2), new(3, double.NaN), new(4, double.PositiveInfinity), new(5, 1), new(6, 1)],
        });
        Assert.Equal(2, document.Descendants("polyline").Count());
        Assert.Contains("The loss was not finite in 2 epochs, first in epoch 3.", document.Descendants("main").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_was_never_finite_draws_no_chart()
    {
        var document = ReportExamples.Parse(ReportExamples.Bare with { Training = [new(1, double.NaN)] });
        Assert.Empty(document.Descendants("svg"));
        Assert.Contains("Training loss: no finite value.", document.Descendants("main").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_detection_curve_of_one_point_or_none_renders()
    {
        var mislabels = ReportExamples.Full.Mislabels! with { Curve = [new(1, 1)], Recall = [], RandomAreaDeviation = null };
        var one = ReportExamples.Full with { Training = [], Mislabels = mislabels };
        Assert.Single(ReportExamples.Parse(one).WithClass("mark"), x => x.Attribute("cx")!.Value == "386");
        var none = one with { Mislabels = one.Mislabels! with { Curve = [], NoisyCount = 0, SampleCount = 0 } };
        Assert.Contains("The detection curve has no point.", Text(none), StringComparison.Ordinal);
    }

    [Fact]
    public void Harm_of_zero_everywhere_renders()
    {
        var flat = ReportExamples.Group("flat") with
        {
            Harmful = [new("a", "b", null, 0)],
            Helpful = [new("c", "d", null, -0.0)],
            Histogram = new HarmHistogram([0, 0], [0]),
        };
        Assert.NotNull(ReportExamples.Parse(ReportExamples.Full with { Confusions = [flat] }));
    }

    [Fact]
    public void A_histogram_whose_edges_do_not_fit_its_bins_is_refused()
    {
        var broken = ReportExamples.Group("x") with { Histogram = new HarmHistogram([0, 1], [1, 2]) };
        var error = Assert.Throws<ArgumentException>(() => (ReportExamples.Full with { Confusions = [broken] }).Render());
        Assert.Contains("2 edges and 2 bins", error.Message, StringComparison.Ordinal);
    }
}
