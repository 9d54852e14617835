using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>The constructor through which the host makes a plugin. It holds symbols, so it never enters the pipeline.</summary>
/// <param name="Parameters">In order.</param>
/// <param name="Options">The parameter that takes the options, or null.</param>
/// <param name="Problem">Why it cannot be used, to follow "the plugin"; null when it can.</param>
internal sealed record PluginConstructor(IReadOnlyList<IParameterSymbol> Parameters, IParameterSymbol? Options, string? Problem)
{
    /// <summary>Finds the constructor of a plugin class.</summary>
    public static PluginConstructor Of(INamedTypeSymbol plugin)
    {
        var constructors = plugin.InstanceConstructors.Where(c => c.DeclaredAccessibility == Accessibility.Public).ToList();
        if (constructors.Count != 1) return Unusable($"has {constructors.Count} public constructors, expected exactly one");
        if (HasUnsetMembers(plugin, constructors[0])) return Unusable("has required members, which the host cannot set; make them constructor parameters");

        IParameterSymbol? options = null;
        foreach (var parameter in constructors[0].Parameters)
        {
            if (parameter.RefKind != RefKind.None || parameter.IsParams) return Unusable($"takes '{parameter.Name}' by ref or params");
            if (parameter.Type.Attribute(KnownNames.PluginServiceAttribute) is not null) continue;
            if (!CouldBeOptions(parameter, plugin))
            {
                return Unusable(
                    $"takes '{parameter.Name}' of type '{parameter.Type.ToDisplayString()}', which is neither an options record nor marked [PluginService]");
            }

            if (options is not null) return Unusable($"takes two options records, '{options.Name}' and '{parameter.Name}', expected at most one");
            options = parameter;
        }

        return new(constructors[0].Parameters, options, null);
    }

    /// <summary>A record, or a class of the plugin's own that was meant as options: its flaws are then those of an options type.</summary>
    private static bool CouldBeOptions(IParameterSymbol parameter, INamedTypeSymbol plugin) =>
        parameter.Type is INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct, SpecialType: SpecialType.None } type
        && (type.IsRecord || SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, plugin.ContainingAssembly));

    private static bool HasUnsetMembers(INamedTypeSymbol plugin, IMethodSymbol constructor)
    {
        if (constructor.Attribute("System.Diagnostics.CodeAnalysis.SetsRequiredMembersAttribute") is not null) return false;
        for (var type = plugin; type is not null; type = type.BaseType)
        {
            if (type.GetMembers().Any(m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true })) return true;
        }

        return false;
    }

    private static PluginConstructor Unusable(string problem) => new([], null, problem);
}
