using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.Storage;

/// <summary>Files that are complete or absent, one by one and as sets, with other writers about and kills in between.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Writers_of_one_file_never_take_away_each_others()
    {
        var path = _folder.File("x");
        var texts = Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 100_000)).ToArray();
        await Task.WhenAll(texts.Select(text => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                AtomicFile.WriteText(path, text);
                Assert.Contains(File.ReadAllText(path), texts);
            }
        })));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Of_several_who_create_a_file_one_does()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = _folder.File($"{round}");
            var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => AtomicFile.TryCreate(path, stream => stream.WriteByte((byte)i)))));
            Assert.Equal(made.ToList().IndexOf(true), File.ReadAllBytes(path)[0]);
            Assert.Single(made, m => m);
        }

        Assert.Equal(20, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void What_killed_writers_left_is_told_from_everything_else()
    {
        _folder.Write("scores.safetensors.12-0123abcd.partial", "");
        _folder.Write("thesis.partial", "years");
        _folder.Write("thesis.12-0123.partial", "years");
        _folder.Write(".12-0123abcd.partial.tex", "years");
        AtomicFile.ClearTemporaries(_folder.Path);
        Assert.Equal([".12-0123abcd.partial.tex", "thesis.12-0123.partial", "thesis.partial"], Names());
    }

    [Fact]
    public void A_name_of_a_temporary_file_tells_its_target()
    {
        Assert.Equal("top.csv", AtomicFile.TargetOf(Path.GetFileName(AtomicFile.TemporaryName(_folder.File("top.csv")))));
        Assert.Null(AtomicFile.TargetOf("top.csv"));
    }

    [Theory]
    [InlineData(28, "free space there or choose another folder")]
    [InlineData(122, "free space there or choose another folder")]
    [InlineData(13, "give access or choose another folder")]
    public void Space_is_spoken_of_only_where_it_is_used_up(int code, string remedy) => Assert.Equal(remedy, WriteRefusal.Remedy(new IOException("no", code)));

    [Fact]
    public void A_full_disk_is_told_as_one()
    {
        if (!File.Exists("/dev/full")) return;
        var error = Assert.Throws<DmlException>(() => AtomicFile.Write(_folder.File("x"), _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            full.Write([1]);
        }));
        Assert.EndsWith("; free space there or choose another folder.", error.Message);
    }

    [Fact]
    public void A_set_replaces_the_one_before_it_as_a_whole()
    {
        Old();
        using (var set = New())
        {
            Assert.Equal("old", File.ReadAllText(_folder.File("a")));
            set.Commit();
        }

        AssertNew();
    }

    [Fact]
    public void A_set_that_is_not_finished_leaves_the_one_before_it()
    {
        Old();
        New().Dispose();
        AssertOld();
    }

    [Fact]
    public void A_writer_killed_before_its_set_was_whole_leaves_the_one_before_it()
    {
        Old();
        _ = New();
        FileSet.Complete(_folder.Path);
        AtomicFile.ClearTemporaries(_folder.Path);
        AssertOld();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_writer_killed_among_its_renames_is_completed(int renamed)
    {
        Old();
        _ = New();
        string[] temporaries = [.. Directory.GetFiles(_folder.Path, "*.partial").Order()];
        File.WriteAllLines(_folder.File(FileSet.ListName), temporaries.Select(t => Path.GetFileName(t)!));
        foreach (var temporary in temporaries.Take(renamed))
        {
            File.Move(temporary, Path.Combine(_folder.Path, AtomicFile.TargetOf(Path.GetFileName(temporary))!), overwrite: true);
        }

        FileSet.Complete(_folder.Path);
        AssertNew();
    }

    [Fact]
    public void A_list_that_was_made_up_moves_nothing_of_others()
    {
        using var other = new TemporaryFolder();
        _folder.Write("mine", "years");
        other.Write("x.1-0123abcd.partial", "stranger");
        File.WriteAllLines(
            _folder.File(FileSet.ListName), ["mine", "../" + Path.GetFileName(other.Path) + "/x.1-0123abcd.partial", "missing.1-0123abcd.partial"]);
        FileSet.Complete(_folder.Path);
        Assert.Equal(["mine"], Names());
        Assert.Equal(["x.1-0123abcd.partial"], Directory.GetFiles(other.Path).Select(Path.GetFileName));
    }

    private void Old()
    {
        _folder.Write("a", "old");
        _folder.Write("b", "old");
    }

    private FileSet New()
    {
        var set = new FileSet(_folder.Path);
        set.Add("a", "new");
        set.Add("b", "new");
        return set;
    }

    private void AssertOld() => AssertAll("old");

    private void AssertNew() => AssertAll("new");

    private void AssertAll(string text)
    {
        Assert.Equal(["a", "b"], Names());
        Assert.All(Directory.GetFiles(_folder.Path), file => Assert.Equal(text, File.ReadAllText(file)));
    }

    private string[] Names() => [.. Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
