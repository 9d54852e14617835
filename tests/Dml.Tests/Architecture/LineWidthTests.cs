namespace Dml.Tests.Architecture;

/// <summary>Lines end within the width that .editorconfig names, but for texts that stand as they are: raw strings, tables, links and code in pages.</summary>
public sealed class LineWidthTests
{
    private const int Width = 160;
    private const string Fence = "```";

    private static readonly string Raw = new('"', 3);

    private static readonly string[] Folders = ["sdk", "host", "plugins", "tests", "bench", "samples", "docs"];

    [Fact]
    public void No_line_of_code_is_wider_than_the_editor_is_told() =>
        Assert.Empty(Files("*.cs").SelectMany(file => Wide(file, isPage: false)));

    [Fact]
    public void No_line_of_a_page_is_wider_but_in_tables_and_code() => Assert.Empty(Files("*.md").SelectMany(file => Wide(file, isPage: true)));

    [Fact]
    public void The_width_is_that_of_the_editor() =>
        Assert.Contains($"max_line_length = {Width}", File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig")), StringComparison.Ordinal);

    [Fact]
    public void A_wide_line_is_found_and_one_in_a_raw_string_is_not()
    {
        var wide = new string('x', Width + 1);
        using var folder = new Support.TemporaryFolder();
        var file = folder.Write("Wide.cs", $"var a = 1;\n{wide}\nvar b = \"\"\"\n{wide}\n\"\"\";\n{wide}\n");
        Assert.Equal(["2", "6"], Wide(file, isPage: false).Select(found => found.Split(':')[^1]));
    }

    /// <summary>Places of wide lines outside of raw strings, which may stand in each other, or of a page's code.</summary>
    private static IEnumerable<string> Wide(string file, bool isPage)
    {
        var depth = 0;
        foreach (var (index, line) in File.ReadLines(file).Index())
        {
            var text = line.Trim();
            var opens = isPage ? depth == 0 && text.StartsWith(Fence, StringComparison.Ordinal)
                : text.EndsWith(Raw, StringComparison.Ordinal) && !text.StartsWith(Raw, StringComparison.Ordinal);
            var closes = !opens && text.StartsWith(isPage ? Fence : Raw, StringComparison.Ordinal);
            var isFree = depth > 0 || line.Contains(Raw, StringComparison.Ordinal) || (isPage && IsTableOrLink(line));
            if (line.Length > Width && !isFree) yield return $"{Path.GetRelativePath(Repository.Root, file)}:{index + 1}";
            depth += opens ? 1 : closes ? -1 : 0;
        }
    }

    private static bool IsTableOrLink(string line) => line.TrimStart().StartsWith('|') || line.Contains("](", StringComparison.Ordinal);

    private static IEnumerable<string> Files(string pattern) =>
        Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Repository.Root, pattern))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
}
