using System.Linq;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>How one option type is read, shown and defaulted.</summary>
/// <param name="Reader">Expression of a ValueReader of the type.</param>
/// <param name="SchemaType">Type word.</param>
/// <param name="Text">Function expression from a value to its JSON text; null for records.</param>
/// <param name="Expected">For messages.</param>
/// <param name="IsNumber">[Range] applies to it or to its items.</param>
/// <param name="Enum">The enum behind it, or null.</param>
/// <param name="Record">The options record behind it, or null.</param>
internal sealed record ValueForm(string Reader, string SchemaType, string? Text, string Expected, bool IsNumber, EnumModel? Enum, INamedTypeSymbol? Record)
{
    private const string Configuration = "global::Dml.Configuration";

    /// <summary>The form of a type, or null when it is not supported.</summary>
    /// <param name="property">The option; its enum choices are a field named after it.</param>
    /// <param name="type">The type or item type.</param>
    /// <param name="range">Arguments of the number readers: empty, or "minimum, maximum".</param>
    /// <param name="assembly">The assembly read; records of others have no binder.</param>
    public static ValueForm? Of(string property, ITypeSymbol type, string range, IAssemblySymbol assembly)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            var inner = nullable.TypeArguments[0];
            return Scalar(property, inner, range, assembly) is { } form ? form.OrNull("OrNull", inner.FullName()) : null;
        }

        if (IsList(type))
        {
            var item = ((INamedTypeSymbol)type).TypeArguments[0];
            if (type.NullableAnnotation == NullableAnnotation.Annotated || item.NullableAnnotation == NullableAnnotation.Annotated) return null;
            return Scalar(property, item, range, assembly) is { } form ? form.AsList(item.FullName()) : null;
        }

        var plain = Scalar(property, type, range, assembly);
        return plain is not null && type.IsReferenceType && type.NullableAnnotation == NullableAnnotation.Annotated
            ? plain.OrNull("OrNullReference", type.FullName()) : plain;
    }

    private static ValueForm? Scalar(string property, ITypeSymbol type, string range, IAssemblySymbol assembly)
    {
        var json = Configuration + ".JsonText.Of";
        return type.SpecialType switch
        {
            SpecialType.System_Boolean => new(Configuration + ".ConfigValue.Boolean", "boolean", json, "true or false", false, null, null),
            SpecialType.System_String => new(Configuration + ".ConfigValue.String", "text", json, "a text", false, null, null),
            SpecialType.System_Int32 => new($"{Configuration}.ConfigValue.Int32({range})", "integer", json, "a whole number", true, null, null),
            SpecialType.System_Int64 => new($"{Configuration}.ConfigValue.Int64({range})", "integer", json, "a whole number", true, null, null),
            SpecialType.System_Double => new($"{Configuration}.ConfigValue.Double({range})", "number", json, "a number", true, null, null),
            _ when type.TypeKind == TypeKind.Enum => Choice(property, (INamedTypeSymbol)type),
            _ when type is INamedTypeSymbol { IsRecord: true, TypeKind: TypeKind.Class } record && SymbolEqualityComparer.Default.Equals(record.ContainingAssembly, assembly) =>
                new($"{Configuration}.ConfigValue.Record<{type.FullName()}>({BinderOf(record)}.Bind)", "record", null, "an object with options", false, null, record),
            _ => null,
        };
    }

    private static ValueForm Choice(string property, INamedTypeSymbol type)
    {
        var members = type.GetMembers().OfType<IFieldSymbol>().Where(f => f.HasConstantValue).Select(f => f.Name);
        var model = new EnumModel(type.FullName(), new EquatableArray<string>(members));
        return new($"{Configuration}.ConfigValue.Choice({property}Choices)", "choice", $"value => {Configuration}.JsonText.Of(value, {property}Choices)", "one of the words of a choice", false, model, null);
    }

    public static string BinderOf(INamedTypeSymbol record) => record.FullName() + "Binder";

    private static bool IsList(ITypeSymbol type) =>
        type is INamedTypeSymbol { IsGenericType: true } named && named.OriginalDefinition.ToDisplayString() == "System.Collections.Generic.IReadOnlyList<T>";

    private ValueForm OrNull(string combinator, string inner) => this with
    {
        Reader = $"{Configuration}.ConfigValue.{combinator}<{inner}>({Reader})",
        SchemaType = SchemaType + "?",
        Text = combinator == "OrNull" && Text is not null ? $"value => {Configuration}.JsonText.OrNull(value, {Text})" : Text,
        Expected = Expected + " or null",
    };

    private ValueForm AsList(string item) => this with
    {
        Reader = $"{Configuration}.ConfigValue.List<{item}>({Reader})",
        SchemaType = SchemaType + "[]",
        Text = Text is null ? $"_ => \"[]\"" : $"values => {Configuration}.JsonText.Of(values, {Text})",
        Expected = "a list",
    };
}
