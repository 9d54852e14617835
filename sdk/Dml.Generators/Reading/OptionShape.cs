using System.Linq;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>The type of an option, taken apart. It holds symbols, so it never enters the pipeline.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Type">The type, without its own nullability.</param>
/// <param name="IsNullable">Whether null is allowed.</param>
/// <param name="Item">What a list or map holds; else null.</param>
internal sealed record OptionShape(ValueKind Kind, ITypeSymbol Type, bool IsNullable, OptionShape? Item = null)
{
    private const string ReadOnlyDictionary = "System.Collections.Generic.IReadOnlyDictionary<TKey, TValue>";
    private const string Dictionary = "System.Collections.Generic.Dictionary<TKey, TValue>";
    private const string MutableList = "System.Collections.Generic.List<T>";

    /// <summary>What configs can hold, for messages.</summary>
    public const string Supported = "bool, int, long, float, double, TimeSpan, string, an enum, a record of options, PluginChoice<T> of a contract, "
        + "or an array, IReadOnlyList<T>, List<T>, IReadOnlyDictionary<string, T> or Dictionary<string, T> of one of these";

    /// <summary>The single value at the bottom of lists and maps.</summary>
    public OptionShape Leaf => Item?.Leaf ?? this;

    /// <summary>The same with another kind of single value.</summary>
    public OptionShape WithLeaf(ValueKind kind) => Item is null ? this with { Kind = kind } : this with { Item = Item.WithLeaf(kind) };

    /// <summary>Whether it is of numbers, with or without a fraction.</summary>
    public bool IsNumber => Leaf.Kind is ValueKind.Int32 or ValueKind.Int64 or ValueKind.Single or ValueKind.Double;

    /// <summary>Whether a range can be said of it.</summary>
    public bool HasRange => IsNumber || Leaf.Kind == ValueKind.Duration;

    /// <summary>Whether it is of whole numbers.</summary>
    public bool IsWhole => Leaf.Kind is ValueKind.Int32 or ValueKind.Int64;

    /// <summary>Whether it is one list or map, or one of these within another.</summary>
    public bool IsCollection => Item is not null;

    /// <summary>Whether a list or map has the type that readers give.</summary>
    public bool IsInterface => Type.TypeKind == TypeKind.Interface;

    /// <summary>The nested record, or null.</summary>
    public INamedTypeSymbol? Record => Leaf.Kind == ValueKind.Record ? Leaf.Type as INamedTypeSymbol : null;

    /// <summary>The contract of a plugin that is chosen, or null.</summary>
    public ContractModel? Chosen => Kind == ValueKind.Plugin ? ContractOf(Type) : null;

    /// <summary>Takes a type apart; null when configs cannot hold it.</summary>
    public static OptionShape? Of(ITypeSymbol type) =>
        Of(type, type.IsReferenceType && type.NullableAnnotation != NullableAnnotation.NotAnnotated);

    /// <summary>Where nullable annotations are off a reference may be null, and is where it has no default: what is written must be read back.</summary>
    private static OptionShape? Of(ITypeSymbol type, bool isNullable)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            (type, isNullable) = (nullable.TypeArguments[0], true);
        }

        type = type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);
        if (ItemOf(type) is var (kind, item))
        {
            // An item that says nothing of null is none.
            return Of(item, item.NullableAnnotation == NullableAnnotation.Annotated) is { } shape ? new(kind, type, isNullable, shape) : null;
        }

        return KindOf(type) is { } single ? new(single, type, isNullable) : null;
    }

    private static (ValueKind Kind, ITypeSymbol Item)? ItemOf(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol { IsSZArray: true } array => (ValueKind.List, array.ElementType),
        INamedTypeSymbol { OriginalDefinition: { SpecialType: SpecialType.System_Collections_Generic_IReadOnlyList_T } } list =>
            (ValueKind.List, list.TypeArguments[0]),
        INamedTypeSymbol { TypeArguments.Length: 1 } list when list.OriginalDefinition.Is(MutableList) => (ValueKind.List, list.TypeArguments[0]),
        INamedTypeSymbol { TypeArguments: { Length: 2 } arguments } map when arguments[0].SpecialType == SpecialType.System_String
            && (map.OriginalDefinition.Is(ReadOnlyDictionary) || map.OriginalDefinition.Is(Dictionary)) => (ValueKind.Map, arguments[1]),
        _ => null,
    };

    /// <summary>null for a choice of something that is no contract of plugins.</summary>
    private static ContractModel? ContractOf(ITypeSymbol choice) =>
        KnownNames.Contracts.FirstOrDefault(
            c => ((INamedTypeSymbol)choice).TypeArguments[0].Is(c.Type) && System.Array.IndexOf(KnownNames.NotChosen, c.Type) < 0);

    private static ValueKind? KindOf(ITypeSymbol type) => type switch
    {
        { SpecialType: SpecialType.System_Boolean } => ValueKind.Boolean,
        { SpecialType: SpecialType.System_Int32 } => ValueKind.Int32,
        { SpecialType: SpecialType.System_Int64 } => ValueKind.Int64,
        { SpecialType: SpecialType.System_Single } => ValueKind.Single,
        { SpecialType: SpecialType.System_Double } => ValueKind.Double,
        { SpecialType: SpecialType.System_String } => ValueKind.Text,
        { TypeKind: TypeKind.Enum } => type.GetMembers().OfType<IFieldSymbol>().Any(f => f.HasConstantValue) ? ValueKind.Choice : null,
        INamedTypeSymbol { TypeKind: TypeKind.Struct } when type.Is("System.TimeSpan") => ValueKind.Duration,
        INamedTypeSymbol choice when choice.OriginalDefinition.Is(KnownNames.PluginChoice) => ContractOf(choice) is null ? null : ValueKind.Plugin,
        { TypeKind: TypeKind.Class, IsRecord: true } => ValueKind.Record,
        _ => null,
    };
}
