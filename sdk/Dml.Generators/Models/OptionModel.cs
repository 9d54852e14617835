namespace Dml.Generators.Models;

/// <summary>One property of an options record.</summary>
/// <param name="Property">The property as it is written in C# (with @ where it is a keyword).</param>
/// <param name="Key">The key in configs.</param>
/// <param name="Summary">The XML summary on one line; empty if there is none.</param>
/// <param name="IsRequired">Whether the property is <c>required</c>.</param>
/// <param name="Kind">Of the value, or of each item of a list.</param>
/// <param name="Type">Fully qualified type of the value or item, without nullability.</param>
/// <param name="IsList">Whether it is a list of such values.</param>
/// <param name="IsNullable">Whether null is allowed.</param>
/// <param name="Range">Of a number, else everything.</param>
/// <param name="Choices">Of a choice, else empty.</param>
/// <param name="Binder">Of a nested record: its generated binder, fully qualified; else empty.</param>
/// <param name="Chosen">Of another plugin that is chosen: its contract; else null.</param>
internal sealed record OptionModel(
    string Property,
    string Key,
    string Summary,
    bool IsRequired,
    ValueKind Kind,
    string Type,
    bool IsList,
    bool IsNullable,
    RangeModel Range,
    EquatableArray<ChoiceModel> Choices,
    string Binder,
    ContractModel? Chosen);
