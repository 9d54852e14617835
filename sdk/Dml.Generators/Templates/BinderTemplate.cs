using System.Collections.Generic;
using System.Linq;
using Dml.Generators.Models;

namespace Dml.Generators.Templates;

/// <summary>The binder of an options record: reads it, describes it, writes it as JSON.</summary>
internal static class BinderTemplate
{
    /// <summary>The file's text.</summary>
    public static string Render(OptionsModel model) => $$"""
        {{Code.Header}}

        using Config = global::Dml.Configuration;

        {{Code.Namespace(model.Namespace)}}/// <summary>Reads <see cref="{{model.Type}}"/> from configs and describes it.</summary>
        internal static class {{model.BinderName}}
        {
            {{Code.Lines(4, Fields(model))}}

            /// <summary>The options in the order of declaration, with types, defaults and ranges.</summary>
            public static Config::OptionsSchema Schema { get; } = CreateSchema(CreateDefaults());

            /// <summary>Reads the options; a key that is not given keeps its default.</summary>
            /// <param name="node">The config section.</param>
            /// <param name="problems">Gathers everything that is wrong.</param>
            /// <returns>The options, or null when there was a problem.</returns>
            public static {{model.Type}}? Bind(Config::ConfigNode node, Config::ConfigProblems problems)
            {
                {{Code.Lines(8, BindStatements(model))}}
            }

            /// <summary>The options as one JSON object that <see cref="Bind"/> reads back.</summary>
            /// <param name="options">The options; null is written as null.</param>
            public static string ToJson({{model.Type}}? options) => options is null ? "null" : Config::JsonText.Object({{Arguments(model.Options.Select(JsonMember), 8)}});

            /// <summary>Every default; a required option has none and stands as its type's default value here.</summary>
            private static {{model.Type}} CreateDefaults() => new({{ConstructorArguments(model)}}){{RequiredMembers(model)}};

            private static Config::OptionsSchema CreateSchema({{model.Type}} defaults) => new([{{Arguments(model.Options.Select(SchemaEntry), 8)}}]);
        }

        """;

    private static IEnumerable<string> Fields(OptionsModel model)
    {
        // Static members are initialised in the order of the text: what the schema needs comes first.
        yield return $"private static readonly string[] Keys = [{Code.Quoted(model.Options.Select(o => o.Key))}];";
        foreach (var option in model.Options.Where(o => o.Value.Leaf().Kind == ValueKind.Choice))
        {
            var leaf = option.Value.Leaf();
            var pairs = string.Join(", ", leaf.Choices.Select(c => $"({Code.Literal(c.Word)}, {c.Member})"));
            yield return $"private static readonly (string Word, {leaf.Type} Value)[] {ValueTemplate.ChoicesField(option)} = [{pairs}];";
        }
    }

    private static IEnumerable<string> BindStatements(OptionsModel model)
    {
        yield return "var defaults = CreateDefaults();";
        yield return "var reader = new Config::OptionsReader(node, problems, Keys);";
        foreach (var option in model.Options.Where(o => o.IsRequired))
        {
            yield return $"reader.Require({Code.Literal(option.Key)}, {Code.Literal(ValueTemplate.Expected(option))});";
        }

        yield return "var options = defaults with";
        yield return "{";
        foreach (var option in model.Options)
        {
            yield return $"    {option.Property} = reader.Read({Code.Literal(option.Key)}, defaults.{option.Property}, {ValueTemplate.Reader(option)}),";
        }

        yield return "};";
        yield return "return reader.Complete ? options : null;";
    }

    private static string JsonMember(OptionModel option) => $"({Code.Literal(option.Key)}, {ValueTemplate.ToJson(option, "options." + option.Property)})";

    private static string SchemaEntry(OptionModel option)
    {
        var fallback = option.IsRequired ? "null" : ValueTemplate.ToJson(option, "defaults." + option.Property);
        var details = string.Join(", ", Details(option));
        return $"new({Code.Literal(option.Key)}, {Code.Literal(ValueTemplate.SchemaType(option))}, {fallback}, {Code.Literal(option.Summary)})"
            + (details.Length == 0 ? "" : $" {{ {details} }}");
    }

    private static IEnumerable<string> Details(OptionModel option)
    {
        if (option.Range.HasMinimum) yield return $"Minimum = {Code.Literal(option.Range.Minimum)}";
        if (option.Range.HasMaximum) yield return $"Maximum = {Code.Literal(option.Range.Maximum)}";
        var leaf = option.Value.Leaf();
        if (leaf.Kind == ValueKind.Choice) yield return $"Choices = [{Code.Quoted(leaf.Choices.Select(c => c.Word))}]";
        if (leaf.Chosen is { } chosen) yield return $"Plugin = global::Dml.PluginKind.{chosen.Kind}";
        if (leaf.Kind == ValueKind.Record) yield return $"Nested = {leaf.Binder}.Schema";
    }

    private static string ConstructorArguments(OptionsModel model) =>
        string.Join(", ", model.Options.Where(o => o.IsArgument).Select(o => $"{o.Property}: default!"));

    private static string RequiredMembers(OptionsModel model)
    {
        var members = string.Join(", ", model.Options.Where(o => o.IsRequiredMember).Select(o => $"{o.Property} = default!"));
        return members.Length == 0 ? "" : $" {{ {members} }}";
    }

    /// <summary>Arguments or list items, one a line.</summary>
    private static string Arguments(IEnumerable<string> items, int indent)
    {
        var separator = "\n" + new string(' ', indent);
        var joined = string.Join("," + separator, items);
        return joined.Length == 0 ? "" : separator + joined;
    }
}
