using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A report of a run whose images are no longer where they were.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class MovedImagesTests(RunWithResults results) : IClassFixture<RunWithResults>
{
    [Fact]
    public void Images_that_moved_are_counted_on_the_console_and_in_the_report()
    {
        using var folder = new TemporaryFolder();
        var run = RunWithResults.Copy(results.Path, folder.File("run"));
        Assert.DoesNotContain("cannot be read", DmlCommand.Succeed("report", run).Error, StringComparison.Ordinal);
        Directory.Move(Path.Combine(run, "glyphs"), folder.File("elsewhere"));
        var outcome = DmlCommand.Succeed("report", run);
        Assert.Matches(@"warning: (\d+) of the \1 images to be shown cannot be read, first .*; they were moved or changed", outcome.Error);
        Assert.Contains("images to be shown cannot be read", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }
}
