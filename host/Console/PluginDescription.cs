using System.Globalization;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Experiments;
using Dml.Engine.Plugins;

namespace Dml.Host.Terminal;

/// <summary>What <c>dml describe NAME</c> prints.</summary>
public static class PluginDescription
{
    private static readonly string[] Header = ["option", "type", "default", "allowed", "summary"];

    /// <summary>
    /// The plugin, how a config chooses it, its options, those of nested records indented below them, and an example with all of them.
    /// </summary>
    /// <param name="plugin">The plugin.</param>
    public static string Render(LoadedPlugin plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        var summary = plugin.Descriptor.Summary.Length == 0 ? "" : plugin.Descriptor.Summary + "\n";
        return $"{plugin.Name}: {PluginSections.Key(plugin.Kind)} plugin, {plugin.Assembly} {plugin.Version}\n{summary}In a config: {InConfig(plugin)}\n"
            + $"\n{Options(plugin.Descriptor.Options)}{Example(plugin)}";
    }

    /// <summary>The experiment, how a command line chooses it, and its options.</summary>
    /// <param name="experiment">The experiment.</param>
    internal static string Render(Experiment experiment) =>
        $"{experiment.Name}: experiment\n{experiment.Summary}\nOn the command line: dml experiment {experiment.Name} RUN... "
            + $"--set {Experiment.Section}.OPTION=VALUE\n\n{Options(experiment.Schema)}";

    /// <summary>The shortest section: the name and what must be given.</summary>
    private static string InConfig(LoadedPlugin plugin)
    {
        OptionsSchema required = new([.. plugin.Descriptor.Options.Options.Where(o => o.Default is null)]);
        return PluginExample.Render(plugin with { Descriptor = plugin.Descriptor with { Options = required } });
    }

    private static string Example(LoadedPlugin plugin) =>
        plugin.Descriptor.Options.Options.Any(o => o.Default is not null) ? $"\nWith every option at its default:\n{PluginExample.Render(plugin)}\n" : "";

    private static string Options(OptionsSchema schema) => schema.Options.Count == 0 ? "It has no options.\n" : TextTable.Render(Header, [.. Rows(schema, "")]);

    private static IEnumerable<string[]> Rows(OptionsSchema schema, string indent)
    {
        foreach (var option in schema.Options)
        {
            var fallback = option is { Type: "record", Default: not null } ? "as below" : option.Default ?? "(must be given)";
            yield return [indent + option.Key, option.Type, fallback, Allowed(option), option.Summary];
            if (option.Nested is null) continue;
            foreach (var row in Rows(option.Nested, indent + "  ")) yield return row;
        }
    }

    private static string Allowed(OptionSchema option)
    {
        if (option.Choices.Count > 0) return string.Join(", ", option.Choices);
        if (option.Plugin is { } kind) return $"a {PluginSections.Key(kind)} with its options, or its name alone";
        var unit = option.Type.StartsWith("duration", StringComparison.Ordinal) ? "s" : "";
        return (option.Minimum, option.Maximum) switch
        {
            ({ } least, { } most) => $"{Number(least)}{unit} to {Number(most)}{unit}",
            ({ } least, null) => $"at least {Number(least)}{unit}",
            (null, { } most) => $"at most {Number(most)}{unit}",
            _ => "",
        };
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
