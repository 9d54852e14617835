using Dml.Engine.Auditing;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A features file in which equal vectors have different labels, through the command line.</summary>
public sealed class DuplicateCaseTests
{
    private static readonly string File = Fixtures.Path("cases", "duplicates-other-label.safetensors");

    [Fact]
    public void Equal_vectors_with_two_labels_are_named_as_duplicates_and_not_explained()
    {
        using var folder = new TemporaryFolder();
        var audited = DmlCommand.Succeed("audit", "--features", File, "--out", folder.File("a"), "--set", "audit.checks=[\"duplicates\"]").Output;
        Assert.Contains("test/0 and test/1 are equal; they are labelled class 4 and class 5", audited, StringComparison.Ordinal);
        var rows = System.IO.File.ReadAllText(folder.File("a/" + AuditFiles.Table));
        Assert.Contains("duplicate-other-label", rows, StringComparison.Ordinal);
        var explained = DmlCommand.Succeed("influence", "--features", File, "--loss", "proxy-nca-pp", "--pairs", "all", "--out", folder.File("i")).Output;
        Assert.Contains("test/0 is a duplicate of test/1 with another label, so there is nothing to explain", explained, StringComparison.Ordinal);
        Assert.DoesNotContain("most harmful none", explained, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_names_every_check()
    {
        var help = DmlCommand.Succeed("audit", "--help").Output;
        Assert.All(AuditCheck.All, check => Assert.Contains($" {check.Name}", help, StringComparison.Ordinal));
    }
}
