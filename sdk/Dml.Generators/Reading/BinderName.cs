using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>
/// The name of a record's binder: the record's with <c>Binder</c> after it, and a number where the assembly sees a type of that name already.
/// </summary>
internal static class BinderName
{
    /// <summary>The simple name.</summary>
    /// <param name="record">The record.</param>
    /// <param name="compilation">As the user wrote it, without anything generated.</param>
    public static string Of(INamedTypeSymbol record, Compilation compilation)
    {
        var (space, name) = (compilation.GetCompilationNamespace(record.ContainingNamespace) ?? record.ContainingNamespace, record.Name + "Binder");
        for (var number = 2; IsTaken(name); number++) name = record.Name + "Binder" + number.ToString(CultureInfo.InvariantCulture);
        return name;

        bool IsTaken(string wanted) => space.GetMembers(wanted).Any(m =>
            m is INamespaceSymbol || (m is INamedTypeSymbol { Arity: 0 } type && compilation.IsSymbolAccessibleWithin(type, compilation.Assembly)));
    }

    /// <summary>Fully qualified.</summary>
    /// <param name="record">The record.</param>
    /// <param name="compilation">As the user wrote it.</param>
    public static string Qualified(INamedTypeSymbol record, Compilation compilation) =>
        (record.NamespaceName() is { Length: > 0 } space ? $"global::{space}." : "global::") + Of(record, compilation);
}
