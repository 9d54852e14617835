using System.Globalization;
using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;

namespace Dml.Host.Terminal;

/// <summary>A config section of a plugin as an example: every option with its default, and what must be given with a value that is allowed.</summary>
public static class PluginExample
{
    /// <summary>Greatest length of a section on one line.</summary>
    private const int OneLine = 100;

    /// <summary>The section with its key, on one line if it is short, else a line an option.</summary>
    /// <param name="plugin">The plugin.</param>
    public static string Render(LoadedPlugin plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        string[] members = [$"\"name\": {JsonText.Of(plugin.Name)}", .. Members(plugin.Descriptor.Options)];
        var (start, end) = NamedSections.SectionOf(plugin.Kind) is { } section ? ($"\"{section}\": {{ ", " }") : ("", "");
        start += $"\"{PluginSections.Key(plugin.Kind)}\": ";
        var line = start + Object(members) + end;
        return line.Length <= OneLine ? line : $"{start}{{\n  {string.Join(",\n  ", members)}\n}}{end}";
    }

    private static IEnumerable<string> Members(OptionsSchema schema) => schema.Options.Select(option => $"\"{option.Key}\": {Value(option)}");

    private static string Value(OptionSchema option)
    {
        if (option is { Type: "record", Nested: { } nested }) return Object(Members(nested));
        if (option.Default is { } value) return value;
        if (option.Type.EndsWith('?')) return "null";
        return option.Type switch
        {
            "boolean" => "false",
            "choice" => JsonText.Of(option.Choices[0]),
            "integer" or "number" => Math.Min(Math.Max(1, option.Minimum ?? 1), option.Maximum ?? double.MaxValue).ToString(CultureInfo.InvariantCulture),
            "duration" => JsonText.Of(TimeSpan.FromSeconds(Math.Min(Math.Max(1, option.Minimum ?? 1), option.Maximum ?? double.MaxValue))),
            "text" or "path" or "plugin" => JsonText.Of("..."),
            var several => several.EndsWith('}') ? "{}" : "[]",
        };
    }

    private static string Object(IEnumerable<string> members) => string.Join(", ", members) is { Length: > 0 } text ? $"{{ {text} }}" : "{}";
}
