using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using Dml.Generators.Analysis;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>Reads a class marked [Plugin] or a record marked [Options]. The analyzer and the generator read with the same eyes.</summary>
internal static class PluginReader
{
    private static readonly Regex NameForm = new("^[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant);

    /// <summary>Reads a plugin; the model is of use only when no problem was added.</summary>
    public static MarkedType ReadPlugin(INamedTypeSymbol type, Problems problems, CancellationToken cancellation)
    {
        var name = NameOf(type);
        if (!NameForm.IsMatch(name)) problems.Add(Rules.BadName, type, name);
        if (!IsPublicSealedClass(type)) problems.Add(Rules.NotPublicSealed, type, type.Name);
        var kind = KindOf(type, problems);
        var reader = new OptionsRecordReader(problems, cancellation);
        var (options, arguments) = ReadConstructor(type, problems);
        if (options is not null) reader.Read(options);
        var binder = options is null ? "global::Dml.NoOptions" : ValueForm.BinderOf(options);
        var plugin = new PluginModel(name, type.FullName(), type.ToDisplayString(), kind, XmlSummary.Of(type, cancellation), options?.FullName(), binder, new EquatableArray<string>(arguments));
        return new(plugin, new EquatableArray<OptionsModel>(reader.Models));
    }

    /// <summary>Reads an options record that belongs to no plugin.</summary>
    public static MarkedType ReadOptions(INamedTypeSymbol type, Problems problems, CancellationToken cancellation)
    {
        var reader = new OptionsRecordReader(problems, cancellation);
        reader.Read(type);
        return new(null, new EquatableArray<OptionsModel>(reader.Models));
    }

    /// <summary>The name that the attribute gives.</summary>
    public static string NameOf(INamedTypeSymbol type) =>
        type.Attribute(Known.PluginAttribute)?.ConstructorArguments.FirstOrDefault().Value as string ?? "";

    private static bool IsPublicSealedClass(INamedTypeSymbol type)
    {
        for (var outer = type; outer is not null; outer = outer.ContainingType)
        {
            if (outer.DeclaredAccessibility != Accessibility.Public || outer.IsGenericType) return false;
        }

        return type is { TypeKind: TypeKind.Class, IsSealed: true, IsStatic: false, IsAbstract: false };
    }

    private static string KindOf(INamedTypeSymbol type, Problems problems)
    {
        var contracts = type.AllInterfaces.Select(i => i.ToDisplayString()).Where(Known.Contracts.ContainsKey).ToList();
        if (contracts.Count == 0) problems.Add(Rules.NoContract, type, type.Name, string.Join(", ", Known.Contracts.Keys));
        if (contracts.Count > 1) problems.Add(Rules.TwoContracts, type, type.Name, string.Join(" and ", contracts));
        return contracts.Count == 1 ? Known.Contracts[contracts[0]] : "";
    }

    private static (INamedTypeSymbol? Options, IEnumerable<string> Arguments) ReadConstructor(INamedTypeSymbol type, Problems problems)
    {
        var constructors = type.InstanceConstructors.Where(c => c.DeclaredAccessibility == Accessibility.Public).ToList();
        if (constructors.Count != 1)
        {
            problems.Add(Rules.NoUsableConstructor, type, type.Name, $"it has {constructors.Count}");
            return (null, []);
        }

        var parameters = constructors[0].Parameters;
        var options = parameters.Where(p => p.Type.Attribute(Known.ServiceAttribute) is null).ToList();
        if (options.Count > 1 || options.Any(p => p.Type is not INamedTypeSymbol { TypeKind: TypeKind.Class, SpecialType: SpecialType.None }))
        {
            problems.Add(Rules.NoUsableConstructor, type, type.Name, $"'{options.Last().Name}' is neither");
            return (null, []);
        }

        return (options.FirstOrDefault()?.Type as INamedTypeSymbol, parameters.Select(p => options.Contains(p) ? "options" : p.Type.FullName()));
    }
}
