using System.Linq;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>The type of an option, taken apart. It holds a symbol, so it never enters the pipeline.</summary>
/// <param name="Kind">Of the value, or of each item of a list.</param>
/// <param name="Element">Type of the value or item, without nullability.</param>
/// <param name="IsList">Whether it is a list of such values.</param>
/// <param name="IsNullable">Whether null is allowed.</param>
internal readonly record struct OptionShape(ValueKind Kind, ITypeSymbol Element, bool IsList, bool IsNullable)
{
    public bool IsNumber => Kind is ValueKind.Int32 or ValueKind.Int64 or ValueKind.Double;

    /// <summary>The nested record, or null.</summary>
    public INamedTypeSymbol? Record => Kind == ValueKind.Record ? Element as INamedTypeSymbol : null;

    /// <summary>The contract of a plugin that is chosen, or null.</summary>
    public ContractModel? Chosen => Kind == ValueKind.Plugin ? ContractOf(Element) : null;

    /// <summary>Takes a type apart; null when configs cannot hold it.</summary>
    public static OptionShape? Of(ITypeSymbol type)
    {
        var (inner, isNullable) = WithoutNull(type);
        if (inner is not INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Collections_Generic_IReadOnlyList_T } list)
        {
            return KindOf(inner) is { } kind ? new(kind, inner, false, isNullable) : null;
        }

        var item = list.TypeArguments[0];
        var itemIsNullable = IsNullableValue(item) || item.NullableAnnotation == NullableAnnotation.Annotated;
        return !itemIsNullable && KindOf(item) is { } itemKind ? new(itemKind, WithoutNull(item).Type, true, isNullable) : null;
    }

    /// <summary>Where nullable annotations are off a reference may be null, and is where it has no default: what is written must be read back.</summary>
    private static (ITypeSymbol Type, bool IsNullable) WithoutNull(ITypeSymbol type) => IsNullableValue(type)
        ? (((INamedTypeSymbol)type).TypeArguments[0], true)
        : (type.WithNullableAnnotation(NullableAnnotation.NotAnnotated), type.IsReferenceType && type.NullableAnnotation != NullableAnnotation.NotAnnotated);

    private static bool IsNullableValue(ITypeSymbol type) => type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T };

    /// <summary>null for a choice of something that is no contract of plugins.</summary>
    private static ContractModel? ContractOf(ITypeSymbol choice) =>
        KnownNames.Contracts.FirstOrDefault(c => ((INamedTypeSymbol)choice).TypeArguments[0].Is(c.Type));

    private static ValueKind? KindOf(ITypeSymbol type) => type switch
    {
        { SpecialType: SpecialType.System_Boolean } => ValueKind.Boolean,
        { SpecialType: SpecialType.System_Int32 } => ValueKind.Int32,
        { SpecialType: SpecialType.System_Int64 } => ValueKind.Int64,
        { SpecialType: SpecialType.System_Double } => ValueKind.Double,
        { SpecialType: SpecialType.System_String } => ValueKind.Text,
        { TypeKind: TypeKind.Enum } => ValueKind.Choice,
        INamedTypeSymbol choice when choice.OriginalDefinition.Is(KnownNames.PluginChoice) => ContractOf(choice) is null ? null : ValueKind.Plugin,
        { TypeKind: TypeKind.Class, IsRecord: true } => ValueKind.Record,
        _ => null,
    };
}
