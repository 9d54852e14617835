using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.Storage;

public sealed class OutputFolderTests
{
    [Fact]
    public void A_link_means_the_place_that_it_leads_to()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("there"));
        Directory.CreateSymbolicLink(folder.File("one"), "there");
        Directory.CreateSymbolicLink(folder.File("two"), folder.File("one"));
        Directory.CreateSymbolicLink(folder.File("new"), "not-yet");
        Assert.Equal(folder.File("there"), OutputFolder.Resolve(folder.File("one")));
        Assert.Equal(folder.File("there"), OutputFolder.Resolve(folder.File("two") + "/"));
        Assert.Equal(folder.File("not-yet"), OutputFolder.Resolve(folder.File("new")));
        Assert.Equal(folder.File("there"), OutputFolder.Resolve(folder.File("there")));
        Assert.Equal(folder.File("nothing/at/all"), OutputFolder.Resolve(folder.File("nothing/at/all")));
    }

    [Fact]
    public void Links_that_go_round_are_told()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder.File("a"), folder.File("b"));
        Directory.CreateSymbolicLink(folder.File("b"), folder.File("a"));
        Assert.StartsWith(
            $"Expected a folder for the results at {folder.File("a")}, found links whose end cannot be reached (",
            Assert.Throws<DmlException>(() => OutputFolder.Resolve(folder.File("a"))).Message, StringComparison.Ordinal);
    }
}
