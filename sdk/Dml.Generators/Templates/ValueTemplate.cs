using System.Linq;
using Dml.Generators.Models;

namespace Dml.Generators.Templates;

/// <summary>Expressions that read, write and describe one option.</summary>
internal static class ValueTemplate
{
    // With :: only the alias is looked up, so that no type of the plugin's namespace can stand in between.
    private const string Value = "Config::ConfigValue";
    private const string Json = "Config::JsonText";
    private const string Collections = "global::System.Collections.Generic.";

    /// <summary>Field of the binder that pairs the words of a choice with the enum's members.</summary>
    public static string ChoicesField(OptionModel option) => option.Property.TrimStart('@') + "Choices";

    /// <summary>The reader of the option, made of the readers in <c>ConfigValue</c>.</summary>
    public static string Reader(OptionModel option) => Reader(option, option.Value);

    /// <summary>The JSON text of the option's value.</summary>
    public static string ToJson(OptionModel option, string value) => ToJson(option, option.Value, value, 1);

    /// <summary>The type as the schema names it.</summary>
    public static string SchemaType(OptionModel option) => SchemaType(option.Value);

    /// <summary>What a missing value should have been, for messages.</summary>
    public static string Expected(OptionModel option)
    {
        var expected = option.Value switch
        {
            { Kind: ValueKind.List } => "a list",
            { Kind: ValueKind.Map } => "an object with a value for each key",
            { Kind: ValueKind.Boolean } => "true or false",
            { Kind: ValueKind.Int32 or ValueKind.Int64 } => "a whole number" + option.Range.Describe(),
            { Kind: ValueKind.Single or ValueKind.Double } => "a number" + option.Range.Describe(),
            { Kind: ValueKind.Duration } => $"a duration{option.Range.Describe("s")}, such as \"90s\" or \"1.5h\"",
            { Kind: ValueKind.Text } => "a text",
            { Kind: ValueKind.Path } => "a path",
            { Kind: ValueKind.Choice } => "one of " + string.Join(", ", option.Value.Choices.Select(c => c.Word)),
            { Chosen: { } chosen } => $"one {chosen.Kind.ToLowerInvariant()} plugin as {{ \"name\": \"...\", options }} or its name alone",
            _ => "an object with options",
        };
        return option.Value.IsNullable ? expected + " or null" : expected;
    }

    private static string Reader(OptionModel option, ValueModel value)
    {
        var reader = value.Kind switch
        {
            ValueKind.Boolean => $"{Value}.Boolean",
            ValueKind.Int32 => $"{Value}.Int32({RangeArguments(option.Range)})",
            ValueKind.Int64 => $"{Value}.Int64({RangeArguments(option.Range)})",
            ValueKind.Single => $"{Value}.Single({RangeArguments(option.Range)})",
            ValueKind.Double => $"{Value}.Double({RangeArguments(option.Range)})",
            ValueKind.Duration => $"{Value}.Duration({RangeArguments(option.Range)})",
            ValueKind.Text or ValueKind.Path => $"{Value}.String",
            ValueKind.Choice => $"{Value}.Choice({ChoicesField(option)})",
            ValueKind.Plugin => $"{Value}.Plugin<global::{value.Chosen!.Type}>",
            ValueKind.List => Collection(value, "List", $"{Collections}IReadOnlyList<{value.Item!.FullType}>", "[.. items]"),
            ValueKind.Map => Collection(value, "Map", $"{Collections}IReadOnlyDictionary<string, {value.Item!.FullType}>", "new(items)"),
            _ => $"{Value}.Record<{value.Type}>({value.Binder}.Bind)",
        };
        if (!value.IsNullable) return reader;
        return IsReference(value.Kind) ? $"{Value}.OrNullReference<{value.Type}>({reader})" : $"{Value}.OrNull<{value.Type}>({reader})";

        string Collection(ValueModel of, string name, string read, string convert)
        {
            var items = $"{Value}.{name}<{of.Item!.FullType}>({Reader(option, of.Item)})";
            return of.IsInterface ? items : $"{Value}.As<{read}, {of.Type}>({items}, static items => {convert})";
        }
    }

    private static bool IsReference(ValueKind kind) =>
        kind is ValueKind.Text or ValueKind.Path or ValueKind.Record or ValueKind.Plugin or ValueKind.List or ValueKind.Map;

    private static string ToJson(OptionModel option, ValueModel model, string value, int depth)
    {
        var item = depth == 1 ? "item" : $"item{depth}";
        return model.Kind switch
        {
            ValueKind.Choice => $"{Json}.Choice({value}, {ChoicesField(option)})",
            ValueKind.Record => $"{model.Binder}.ToJson({value})",
            ValueKind.Plugin => $"{Json}.Plugin({value})",
            ValueKind.List => $"{Json}.List({value}, static {item} => {ToJson(option, model.Item!, item, depth + 1)})",
            ValueKind.Map => $"{Json}.Map({value}, static {item} => {ToJson(option, model.Item!, item, depth + 1)})",
            _ => $"{Json}.Of({value})",
        };
    }

    private static string SchemaType(ValueModel value)
    {
        var name = value.Kind switch
        {
            ValueKind.Boolean => "boolean",
            ValueKind.Int32 or ValueKind.Int64 => "integer",
            ValueKind.Single or ValueKind.Double => "number",
            ValueKind.Duration => "duration",
            ValueKind.Text => "text",
            ValueKind.Path => "path",
            ValueKind.Choice => "choice",
            ValueKind.Plugin => "plugin",
            ValueKind.List => SchemaType(value.Item!) + "[]",
            ValueKind.Map => SchemaType(value.Item!) + "{}",
            _ => "record",
        };
        return value.IsNullable ? name + "?" : name;
    }

    private static string RangeArguments(RangeModel range) => (range.HasMinimum, range.HasMaximum) switch
    {
        (true, true) => $"{Code.Literal(range.Minimum)}, {Code.Literal(range.Maximum)}",
        (true, false) => $"minimum: {Code.Literal(range.Minimum)}",
        (false, true) => $"maximum: {Code.Literal(range.Maximum)}",
        _ => "",
    };
}
