using System.Net.Sockets;
using System.Text.RegularExpressions;
using Dml.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.Storage;

public sealed partial class InputFileTests
{
    [Fact]
    public void What_is_no_regular_file_is_refused_at_once_by_every_way_to_open_it()
    {
        using var folder = new TemporaryFolder();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.File("socket")));
        File.CreateSymbolicLink(folder.File("link"), OddFiles.Pipe(folder.File("pipe")));
        foreach (var (path, kind) in new[]
        {
            ("pipe", "a named pipe"), ("link", "a named pipe"), ("socket", "a socket"), (".", "a folder"), ("/dev/zero", "a device"), ("/dev/null", "a device"),
        })
        {
            foreach (var open in new Action<string>[]
            {
                InputFile.RequireRegular, p => InputFile.Open(p), p => InputFile.OpenRead(p), p => InputFile.ReadBytes(p), p => InputFile.ReadText(p),
                p => InputFile.ReadLines(p),
            })
            {
                Assert.Equal($"it is {kind} and no regular file", Assert.Throws<IOException>(() => open(folder.File(path))).Message);
            }
        }
    }

    [Fact]
    public void Regular_files_are_read_directly_and_through_links()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("link"), folder.Write("file", "a\nb\n"));
        foreach (var path in new[] { folder.File("file"), folder.File("link") })
        {
            Assert.Equal("a\nb\n"u8.ToArray(), InputFile.ReadBytes(path));
            Assert.Equal("a\nb\n", InputFile.ReadText(path));
            Assert.Equal(["a", "b"], InputFile.ReadLines(path));
            using var stream = InputFile.OpenRead(path);
            Assert.Equal(4, stream.Length);
        }

        Assert.Empty(InputFile.ReadBytes(folder.Write("empty", "")));
        // A file of the kernel, whose length is told as 0.
        Assert.NotEmpty(InputFile.ReadBytes("/proc/self/status"));
    }

    [Fact]
    public void A_file_beyond_the_bound_is_refused_before_memory_is_taken()
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("huge"))) stream.SetLength(1L << 40);
        Assert.Equal(
            "it has 1099511627776 bytes, more than the 10 that are read of such a file",
            Assert.Throws<IOException>(() => InputFile.ReadBytes(folder.File("huge"), 10)).Message);
        Assert.Contains($"more than the {Array.MaxLength}", Assert.Throws<IOException>(() => InputFile.ReadBytes(folder.File("huge"))).Message);
    }

    [Fact]
    public void What_is_not_there_is_told_as_the_system_tells_it()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("broken"), folder.File("nowhere"));
        File.CreateSymbolicLink(folder.File("round"), folder.File("round"));
        Assert.Throws<FileNotFoundException>(() => InputFile.ReadText(folder.File("nowhere")));
        Assert.Throws<FileNotFoundException>(() => InputFile.ReadText(folder.File("broken")));
        Assert.ThrowsAny<IOException>(() => InputFile.ReadText(folder.File("round")));
    }

    [Fact]
    public void No_other_code_of_the_engine_the_storage_the_host_and_the_plugins_opens_files_to_read()
    {
        var root = Path.GetDirectoryName(typeof(InputFileTests).Assembly.Location)!;
        while (!File.Exists(Path.Combine(root, "Sdk.sln"))) root = Path.GetDirectoryName(root)!;
        // /proc/cpuinfo is the kernel's.
        string[] excepted = ["InputFile.cs"];
        var found = from place in new[] { "host", "plugins", "sdk/Dml.Engine", "sdk/Dml.Storage", "sdk/Dml.Numerics" }
                    from file in Directory.EnumerateFiles(Path.Combine(root, place), "*.cs", SearchOption.AllDirectories)
                    where !excepted.Contains(Path.GetFileName(file))
                    from line in File.ReadLines(file)
                    where Opening().IsMatch(line) && !line.Contains("\"/proc/cpuinfo\"", StringComparison.Ordinal)
                    select $"{Path.GetRelativePath(root, file)}: {line.Trim()}";
        Assert.Empty(found);
    }

    [GeneratedRegex(@"\bFile\.(Open|OpenRead|OpenText|OpenHandle|ReadAll\w+|ReadLines\w*)\(|new StreamReader\(\w*[pP]ath|FileMode\.Open\b")]
    private static partial Regex Opening();
}
