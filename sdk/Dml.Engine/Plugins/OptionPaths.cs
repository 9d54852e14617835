using Dml.Configuration;

namespace Dml.Engine.Plugins;

/// <summary>
/// Makes the paths among a plugin's options absolute when the plugin is made. Not before: a run writes down what was given, with the folder that it
/// starts at beside it.
/// </summary>
internal static class OptionPaths
{
    private const string Kind = "path";

    /// <summary>The options with absolute paths; the same object where there are no paths.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="options">Its options record.</param>
    /// <param name="folder">The absolute folder that relative paths start at.</param>
    public static object Resolve(PluginDescriptor plugin, object options, string folder)
    {
        if (!HasPaths(plugin.Options) || plugin.ToJson is not { } write) return options;
        var problems = new ConfigProblems();
        var given = ConfigNode.Parse(write(options), PluginSections.Key(plugin.Kind), new("options", 0));
        var resolved = plugin.Bind(Resolve(plugin.Options, given, folder), problems);
        problems.ThrowIfAny();
        return resolved!;
    }

    private static bool HasPaths(OptionsSchema schema) =>
        schema.Options.Any(option => OptionParts.Single(option) == Kind || (option.Nested is { } nested && HasPaths(nested)));

    private static ConfigNode Resolve(OptionsSchema schema, ConfigNode given, string folder)
    {
        var options = schema.Options.ToDictionary(option => option.Key);
        return given with { Members = [.. given.Members.Select(m => m with { Value = Of(options[m.Key], m.Value) })] };

        ConfigNode Of(OptionSchema option, ConfigNode value) => OptionParts.Change(option, value, part => Resolve(option, part, folder));
    }

    private static ConfigNode Resolve(OptionSchema option, ConfigNode part, string folder)
    {
        if (option.Nested is { } nested && part.Kind == ConfigKind.Object) return Resolve(nested, part, folder);

        // An empty text is no path, but what many options have for none.
        if (OptionParts.Single(option) != Kind || part is not { Kind: ConfigKind.String, Text.Length: > 0 }) return part;
        return part.Text.Contains('\0', StringComparison.Ordinal)
            ? throw new DmlException(part.Path, "a path", "one with a character U+0000 in it", "take it out")
            : part with { Text = Path.GetFullPath(part.Text, folder) };
    }
}
