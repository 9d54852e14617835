using System.Security.Cryptography;
using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.Storage;

public sealed class FileHashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public void It_is_the_hash_of_the_whole_content(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(_folder.File("x"), bytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), FileHash.Of(_folder.File("x")));
    }

    [Fact]
    public void A_change_is_seen_though_length_and_time_stay()
    {
        var path = _folder.Write("x", "first");
        var (before, time) = (FileHash.Of(path), File.GetLastWriteTimeUtc(path));
        Assert.Equal(before, FileHash.Of(path));
        Thread.Sleep(20);
        File.WriteAllText(path, "other");
        File.SetLastWriteTimeUtc(path, time);
        Assert.NotEqual(before, FileHash.Of(path));
    }

    [Fact]
    public void A_file_that_is_too_large_to_be_read_twice_is_sampled()
    {
        var bytes = new byte[100_000];
        File.WriteAllBytes(_folder.File("x"), bytes);
        var sampled = FileHash.Compute(_folder.File("x"), wholeUpTo: 99_999);
        Assert.StartsWith("sampled:", sampled);
        Assert.DoesNotContain(":", FileHash.Compute(_folder.File("x"), wholeUpTo: 100_000));
        bytes[^1] = 1;
        File.WriteAllBytes(_folder.File("x"), bytes);
        Assert.NotEqual(sampled, FileHash.Compute(_folder.File("x"), wholeUpTo: 99_999));
    }

    [Fact]
    public void What_is_no_file_of_bytes_has_none()
    {
        Assert.Null(FileHash.TryOf(_folder.Path));
        Assert.Null(FileHash.TryOf(_folder.File("missing")));
        Assert.Null(FileHash.TryOf("/dev/zero"));
        Assert.StartsWith("Expected to read", Assert.Throws<DmlException>(() => FileHash.Of(_folder.File("missing"))).Message);
    }
}
