namespace Dml.Generators.Models;

/// <summary>A value that an option, or a part of one, can hold.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Its type, fully qualified, without its own nullability.</param>
/// <param name="IsNullable">Whether null is allowed.</param>
/// <param name="IsInterface">Of a list or map: whether the type is the interface that readers give, so that nothing is to be converted.</param>
/// <param name="Item">What a list or map holds; else null.</param>
/// <param name="Choices">Of a choice, else empty.</param>
/// <param name="Binder">Of a nested record: its generated binder, fully qualified; else empty.</param>
/// <param name="Chosen">Of another plugin that is chosen: its contract; else null.</param>
internal sealed record ValueModel(
    ValueKind Kind,
    string Type,
    bool IsNullable,
    bool IsInterface,
    ValueModel? Item,
    EquatableArray<ChoiceModel> Choices,
    string Binder,
    ContractModel? Chosen)
{
    /// <summary>The type with its nullability.</summary>
    public string FullType => IsNullable ? Type + "?" : Type;

    /// <summary>The single value at the bottom of lists and maps.</summary>
    public ValueModel Leaf() => Item is null ? this : Item.Leaf();
}
