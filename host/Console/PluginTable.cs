using System.Text;
using Dml.Engine;
using Dml.Engine.Plugins;

namespace Dml.Host.Terminal;

/// <summary>What <c>dml plugins</c> prints.</summary>
public static class PluginTable
{
    private static readonly string[] Header = ["name", "kind", "assembly", "version", "summary"];

    /// <summary>The plugins as a table, then names that are there twice, then the files that did not load.</summary>
    /// <param name="catalog">The plugins.</param>
    public static string Render(PluginCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var text = new StringBuilder();
        if (catalog.Plugins.Count == 0) text.Append("No plugins were found; name a folder with --plugins or DML_PLUGINS.\n");
        else text.Append(TextTable.Render(Header, [.. catalog.Plugins.Select(Row)]));

        var twice = catalog.Plugins.Select(p => p.Name).Distinct()
            .Select(name => catalog.Find(name, null, out var problem) is null ? problem : null).OfType<string>();
        Append(text, "Names that cannot be chosen:", [.. twice.Select(problem => problem + ".")]);
        Append(text, "Files that did not load:", [.. catalog.Failures.Select(f => f.Message)]);
        return text.ToString();
    }

    private static string[] Row(LoadedPlugin plugin) =>
        [plugin.Name, PluginSections.Key(plugin.Kind), plugin.Assembly, plugin.Version, plugin.Descriptor.Summary];

    private static void Append(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        text.Append('\n').Append(title).Append('\n');
        foreach (var line in lines) text.Append("  ").Append(line).Append('\n');
    }
}
