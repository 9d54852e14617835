using Dml.Tests.Reporting;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>The report of a run with causes and experiments, in a browser.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ReportInBrowserTests
{
    [Fact]
    public void A_runs_report_opens_without_a_word_and_leads_from_an_image_to_what_else_it_does()
    {
        using var folder = new TemporaryFolder();
        var run = TinyTraining.Train(folder, "run", "--set", "noise.share=0.2");
        DmlCommand.Succeed("influence", run, "--groups", "3");
        DmlCommand.Succeed("mislabel", run);
        DmlCommand.Succeed("experiment", "samples", run, "--set", "if.lambda=50");
        DmlCommand.Succeed("report", run);
        using var browser = Browser.Open(File.ReadAllText(Path.Combine(run, "report.html")));
        Assert.Empty(browser.Console);
        Assert.NotEmpty(browser.FindAll(".map circle.wrong"));
        Assert.NotEmpty(browser.FindAll(".matrix .shaded"));
        Assert.NotEmpty(browser.FindAll("svg.picture image"));

        // Its harm in the confusion that it was opened from stands among those of all.
        var shown = browser.Texts("#c1 .column.harmful li:first-child .harm")[0];
        browser.Find("#c1 .column.harmful li:first-child .box").Click();
        Assert.Equal(browser.FindAll("article.confusion").Count, browser.FindAll("dialog tbody tr").Count);
        Assert.Contains(shown, browser.Texts("dialog tbody td:nth-child(2)"));
        Assert.Empty(browser.Console);
    }
}
