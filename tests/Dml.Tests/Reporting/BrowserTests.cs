using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

/// <summary>The report as a reader uses it.</summary>
public sealed class BrowserTests
{
    private static readonly ReportModel Model = ReportExamples.Full with
    {
        Classes = [new("b", 5, 3, 0.25), new("a", 40, 10, null), new("c", 9, 1, 0.75)],
        Confusions =
        [
            ReportExamples.Group("first") with
            {
                Harmful = [Sample("one.png", "crow", new(0.02, 1), new(-0.01, 40))],
                Helpful = [],
                Errors = [Error("rook", "jay")],
            },
            ReportExamples.Group("second") with
            {
                Harmful = [Sample("two.png", "owl", new(0.001, 3), new(0.05, 1))],
                Helpful = [],
                Errors = [Error("tit", "wren")],
            },
        ],
    };

    [Fact]
    public void It_opens_without_a_word_on_the_console_and_is_more_than_blank()
    {
        using var browser = Browser.Open(Model);
        Assert.Empty(browser.Console);
        Assert.True(browser.Find("h1").Displayed);
        Assert.True(browser.Screenshot().Length > 20_000);
    }

    [Fact]
    public void A_click_on_a_heading_sorts_by_figures_and_the_next_one_turns_the_order()
    {
        using var browser = Browser.Open(Model);
        browser.Find("details summary").Click();
        Assert.Equal(["b", "a", "c"], browser.Texts("#classes tbody th"));
        browser.Find("#classes thead th:nth-child(2) button").Click();
        Assert.Equal(["a", "c", "b"], browser.Texts("#classes tbody th"));
        Assert.Equal("descending", browser.Find("#classes thead th:nth-child(2)").GetAttribute("aria-sort"));
        browser.Find("#classes thead th:nth-child(2) button").Click();
        Assert.Equal(["b", "c", "a"], browser.Texts("#classes tbody th"));
        browser.Find("#classes thead th:nth-child(1) button").Click();
        Assert.Equal(["a", "b", "c"], browser.Texts("#classes tbody th"));

        // A class without the figure stays last both ways.
        browser.Find("#classes thead th:nth-child(5) button").Click();
        Assert.Equal(["c", "b", "a"], browser.Texts("#classes tbody th"));
        browser.Find("#classes thead th:nth-child(5) button").Click();
        Assert.Equal(["b", "c", "a"], browser.Texts("#classes tbody th"));
    }

    [Fact]
    public void Rows_are_filtered_by_what_they_say()
    {
        using var browser = Browser.Open(Model);
        browser.Find("details summary").Click();
        browser.Find("input.filter").SendKeys("C");
        Assert.Equal([false, false, true], browser.FindAll("#classes tbody tr").Select(r => r.Displayed));
    }

    [Fact]
    public void A_class_leaves_the_confusions_that_have_it_in_queries_neighbours_or_samples()
    {
        using var browser = Browser.Open(Model);
        foreach (var (name, shown) in new[] { ("owl", new[] { false, true }), ("jay", [true, false]), ("any", [true, true]) })
        {
            browser.FindAll("#class-filter option").Single(o => o.Text == name).Click();
            Assert.Equal(shown, browser.FindAll("article.confusion").Select(a => a.Displayed));
            Assert.Equal(shown, browser.FindAll(".overview tbody tr").Select(r => r.Displayed));
        }
    }

    [Fact]
    public void A_samples_image_opens_its_harm_in_every_confusion_most_harmful_first_and_leads_there()
    {
        using var browser = Browser.Open(Model);
        browser.Find("#c1 .cause .box").Click();
        Assert.True(browser.Find("dialog").Displayed);
        Assert.Equal(["first", "second"], browser.Texts("dialog tbody td:first-child"));
        Assert.Equal(["1 of 40", "40 of 40"], browser.Texts("dialog tbody td:last-child"));
        Assert.Equal(["+0.0200", "\u22120.0100"], browser.Texts("dialog tbody td:nth-child(2)"));
        browser.Find("dialog .close").Click();
        browser.Find("#c2 .cause .box").Click();
        Assert.Equal(["second", "first"], browser.Texts("dialog tbody td:first-child"));
        browser.Find("dialog tbody tr:last-child a").Click();
        Assert.False(browser.Find("dialog").Displayed);
        Assert.Empty(browser.Console);
    }

    private static InfluentialSample Sample(string id, string label, params SampleStanding[] standings) =>
        new(id, label, null, 0.1, "shared") { Standings = standings };

    private static ReportError Error(string query, string neighbour) =>
        new(new("a.png", query, "shared"), [new(new("b.png", neighbour, "shared"), 0.1, false)]);
}
