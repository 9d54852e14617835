using System.Linq;
using Dml.Generators.Models;

namespace Dml.Generators.Templates;

/// <summary>Expressions that read, write and describe one option.</summary>
internal static class ValueTemplate
{
    // With :: only the alias is looked up, so that no type of the plugin's namespace can stand in between.
    private const string Value = "Config::ConfigValue";
    private const string Json = "Config::JsonText";

    /// <summary>Field of the binder that pairs the words of a choice with the enum's members.</summary>
    public static string ChoicesField(OptionModel option) => option.Property.TrimStart('@') + "Choices";

    /// <summary>The reader of the option, made of the readers in <c>ConfigValue</c>.</summary>
    public static string Reader(OptionModel option)
    {
        var item = ItemReader(option);
        var reader = option.IsList ? $"{Value}.List<{option.Type}>({item})" : item;
        if (!option.IsNullable) return reader;
        if (option.IsList) return $"{Value}.OrNullReference<{ListType(option)}>({reader})";
        return option.Kind is ValueKind.Text or ValueKind.Record or ValueKind.Plugin
            ? $"{Value}.OrNullReference<{option.Type}>({reader})"
            : $"{Value}.OrNull<{option.Type}>({reader})";
    }

    /// <summary>The JSON text of the option's value.</summary>
    public static string ToJson(OptionModel option, string value) =>
        option.IsList ? $"{Json}.List({value}, static item => {ItemToJson(option, "item")})" : ItemToJson(option, value);

    /// <summary>The type as the schema names it.</summary>
    public static string SchemaType(OptionModel option)
    {
        var name = option.Kind switch
        {
            ValueKind.Boolean => "boolean",
            ValueKind.Int32 or ValueKind.Int64 => "integer",
            ValueKind.Double => "number",
            ValueKind.Text => "text",
            ValueKind.Choice => "choice",
            ValueKind.Plugin => "plugin",
            _ => "record",
        };
        return name + (option.IsList ? "[]" : "") + (option.IsNullable ? "?" : "");
    }

    /// <summary>What a missing value should have been, for messages.</summary>
    public static string Expected(OptionModel option)
    {
        var expected = option switch
        {
            { IsList: true } => "a list",
            { Kind: ValueKind.Boolean } => "true or false",
            { Kind: ValueKind.Int32 or ValueKind.Int64 } => "a whole number" + option.Range.Describe(),
            { Kind: ValueKind.Double } => "a number" + option.Range.Describe(),
            { Kind: ValueKind.Text } => "a text",
            { Kind: ValueKind.Choice } => "one of " + string.Join(", ", option.Choices.Select(c => c.Word)),
            { Chosen: { } chosen } => $"one {chosen.Kind.ToLowerInvariant()} plugin as {{ \"name\": \"...\", options }} or its name alone",
            _ => "an object with options",
        };
        return option.IsNullable ? expected + " or null" : expected;
    }

    private static string ListType(OptionModel option) => $"global::System.Collections.Generic.IReadOnlyList<{option.Type}>";

    private static string ItemReader(OptionModel option) => option.Kind switch
    {
        ValueKind.Boolean => $"{Value}.Boolean",
        ValueKind.Int32 => $"{Value}.Int32({RangeArguments(option.Range)})",
        ValueKind.Int64 => $"{Value}.Int64({RangeArguments(option.Range)})",
        ValueKind.Double => $"{Value}.Double({RangeArguments(option.Range)})",
        ValueKind.Text => $"{Value}.String",
        ValueKind.Choice => $"{Value}.Choice({ChoicesField(option)})",
        ValueKind.Plugin => $"{Value}.Plugin<global::{option.Chosen!.Type}>",
        _ => $"{Value}.Record<{option.Type}>({option.Binder}.Bind)",
    };

    private static string ItemToJson(OptionModel option, string value) => option.Kind switch
    {
        ValueKind.Choice => $"{Json}.Choice({value}, {ChoicesField(option)})",
        ValueKind.Record => $"{option.Binder}.ToJson({value})",
        ValueKind.Plugin => $"{Json}.Plugin({value})",
        _ => $"{Json}.Of({value})",
    };

    private static string RangeArguments(RangeModel range) => (range.HasMinimum, range.HasMaximum) switch
    {
        (true, true) => $"{Code.Literal(range.Minimum)}, {Code.Literal(range.Maximum)}",
        (true, false) => $"minimum: {Code.Literal(range.Minimum)}",
        (false, true) => $"maximum: {Code.Literal(range.Maximum)}",
        _ => "",
    };
}
