using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Dml.Configuration;
using Dml.Engine;

namespace Dml.Tests.Composition;

/// <summary>The table of losses in docs/losses.md is what the plugins say of themselves: their names, options and papers.</summary>
public sealed partial class LossTableTests
{
    private const string Start = "<!-- made from the plugins by LossTableTests -->\n";

    private const string End = "<!-- end -->";

    [Fact]
    public void The_table_of_losses_says_what_the_plugins_say()
    {
        var catalog = PluginCatalog.LoadFrom([(string)AppContext.GetData("Dml.PluginsDir")!]);
        var table = "| Name | Options and their defaults | Paper |\n|------|---------|-------|\n"
            + string.Concat(catalog.OfKind(PluginKind.Loss).OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => Row(p.Descriptor)));
        var docs = Path.GetFullPath("../../../docs/losses.md", Folder());
        var page = File.ReadAllText(docs).ReplaceLineEndings("\n");
        var from = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        Assert.True(from >= Start.Length, $"docs/losses.md: expected a line \"{Start.Trim()}\", found none; put it before the table, and \"{End}\" after it.");
        var received = Path.Combine(Folder(), "LossTableTests.received.txt");
        if (page[from..page.IndexOf(End, from, StringComparison.Ordinal)].Trim() == table.Trim())
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, table);
        Assert.Fail("docs/losses.md: the table of losses is not what the plugins say; put LossTableTests.received.txt, beside the test, in its place.");
    }

    [Theory]
    [InlineData("ArcFace (Deng et al., CVPR 2019, equation 3): <c>l</c>. More.", "ArcFace (Deng et al., CVPR 2019, equation 3)")]
    [InlineData("Joined (l, r) losses (Me, 2020) of many kinds.", "Joined (l, r) losses (Me, 2020)")]
    [InlineData("A loss of no paper. It is mine.", "A loss of no paper")]
    public void The_paper_is_what_a_summary_begins_with(string summary, string paper) => Assert.Equal(paper, Paper(summary));

    private static string Row(PluginDescriptor loss) =>
        $"| `{loss.Name}` | {string.Join(", ", loss.Options.Options.Select(Option))} | {Paper(loss.Summary)} |\n";

    private static string Option(OptionSchema option) =>
        option.Default is null ? $"`{option.Key}` (must be given)" : $"`{option.Key}` {option.Default.Trim('"')}";

    /// <summary>Up to the first parenthesis with a year, or the first sentence.</summary>
    private static string Paper(string summary) => Cited().Match(summary) is { Success: true } cited ? cited.Value : summary.Split(". ")[0].TrimEnd('.');

    [GeneratedRegex(@"^.*?\([^()]*\b(19|20)\d\d\b[^()]*\)")]
    private static partial Regex Cited();

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
