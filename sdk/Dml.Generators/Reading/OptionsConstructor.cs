using System.Linq;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>
/// How a binder makes a record with its defaults: without arguments, or, of a record with positional parameters, with an argument for each parameter
/// that has no default. A parameter is an option when a property of its name and type can be set.
/// </summary>
internal static class OptionsConstructor
{
    /// <summary>The constructor, or null when a binder can call none.</summary>
    public static IMethodSymbol? Of(INamedTypeSymbol record)
    {
        var constructors = record.InstanceConstructors.Where(c => c.DeclaredAccessibility == Accessibility.Public && !IsCopy(c)).ToList();
        if (constructors.FirstOrDefault(c => c.Parameters.Length == 0) is { } plain) return plain;
        return constructors.Count == 1 && constructors[0].Parameters.All(p => p.RefKind == RefKind.None && !p.IsParams && OptionOf(p, record) is not null)
            ? constructors[0]
            : null;
    }

    /// <summary>The parameter that sets an option, or null.</summary>
    public static IParameterSymbol? ParameterOf(IPropertySymbol option, INamedTypeSymbol record) =>
        Of(record)?.Parameters.FirstOrDefault(p => IsOf(p, option));

    /// <summary>The parameter that declares a property of a record, or null for a property with a declaration of its own.</summary>
    public static IParameterSymbol? DeclaringParameter(IPropertySymbol property) => property.ContainingType.InstanceConstructors
        .SelectMany(c => c.Parameters)
        .FirstOrDefault(p => IsOf(p, property) && IsDeclaration(p, property));

    /// <summary>In source both are one piece of text; what is compiled does not tell, and a parameter of that name and type is then meant.</summary>
    private static bool IsDeclaration(IParameterSymbol parameter, IPropertySymbol property) => property.DeclaringSyntaxReferences.Length == 0
        || parameter.DeclaringSyntaxReferences.Any(p => property.DeclaringSyntaxReferences.Any(own => own.SyntaxTree == p.SyntaxTree && own.Span == p.Span));

    public static bool IsCopy(IMethodSymbol constructor) =>
        constructor.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(constructor.Parameters[0].Type, constructor.ContainingType);

    private static IPropertySymbol? OptionOf(IParameterSymbol parameter, INamedTypeSymbol record) =>
        OptionsRules.Options(record).FirstOrDefault(o => IsOf(parameter, o));

    private static bool IsOf(IParameterSymbol parameter, IPropertySymbol option) =>
        parameter.Name == option.Name && SymbolEqualityComparer.Default.Equals(parameter.Type, option.Type);
}
