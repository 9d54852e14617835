using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

/// <summary>The list of sections, which no other place names.</summary>
public sealed class ReportSectionTests
{
    [Fact]
    public void Sections_are_found_in_the_order_of_the_report() => Assert.Equal(
        ["QualitySection", "MislabelSection", "AuditReport", "ConfusionSection", "VerifySection", "ResultsSection", "RunSection"],
        ReportSection.All.Select(s => s.GetType().Name));

    [Fact]
    public void What_a_section_says_for_the_top_of_the_report_stands_there_after_what_the_run_says()
    {
        var html = HtmlReport.Render(new()
        {
            Title = "run",
            Facts = ReportExamples.Bare.Facts,
            Warnings = ["of the run"],
            Sections = [new Told().With("first"), new Told().With("second")],
        });
        string[] order =
        [
            "<dd class=\"value\">first</dd>", "<dd class=\"value\">second</dd>", "<li>of the run</li>", "<li>mind first</li>", "<li>mind second</li>",
            "<p>first</p><p>second</p>",
        ];
        var places = order.Select(text => html.IndexOf(text, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    private sealed class Told() : ReportSection<string>(1)
    {
        protected override string? Read(ReportSource run) => null;

        protected override Html Render(string content, ImageSheet images) => Html.Of($"<p>{content}</p>");

        protected override IEnumerable<ReportTile> Tiles(string content) => [new("told", content, "")];

        protected override IEnumerable<string> Warnings(string content) => [$"mind {content}"];
    }
}
