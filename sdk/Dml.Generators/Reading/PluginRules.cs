using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>What makes a plugin class usable. The generator skips what breaks these rules, the analyzer reports it.</summary>
internal static class PluginRules
{
    private static readonly Regex NamePattern = new("^[a-z0-9]+(-[a-z0-9]+)*\\z", RegexOptions.CultureInvariant);

    private static readonly Regex WordStart = new("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", RegexOptions.CultureInvariant);
    private static readonly Regex NotOfNames = new("[^a-z0-9]+", RegexOptions.CultureInvariant);

    /// <summary>The name that the attribute gives; empty when it gives none.</summary>
    public static string Name(AttributeData plugin) => plugin.ConstructorArguments is { Length: 1 } arguments && arguments[0].Value is string name ? name : "";

    public static bool IsGoodName(string name) => NamePattern.IsMatch(name);

    /// <summary>A good name for a class: its words in lower case with hyphens between them, without the kind at the end; ProxyNcaLoss is proxy-nca.</summary>
    public static string NameFor(string type, ContractModel contract)
    {
        var stem = type.Length > contract.Kind.Length && type.EndsWith(contract.Kind, System.StringComparison.Ordinal)
            ? type.Substring(0, type.Length - contract.Kind.Length)
            : type;
        return Corrected(stem) ?? contract.Kind.ToLowerInvariant();
    }

    /// <summary>The good name that is nearest to any text; null where nothing of it is left.</summary>
    public static string? Corrected(string name) =>
        NotOfNames.Replace(WordStart.Replace(name, "-").ToLowerInvariant(), "-").Trim('-') is { Length: > 0 } good ? good : null;

    /// <summary>Why the host cannot use the class, to follow "the plugin"; null when it can.</summary>
    public static string? WhyUnusable(INamedTypeSymbol type) => type switch
    {
        { IsAbstract: true } => "is abstract",
        { Arity: > 0 } => "is generic",
        { IsGenericType: true } => "is nested in a generic type",
        _ when !type.IsPublicEverywhere() => type.ContainingType is null ? "is not public" : "is not visible outside the type it is nested in",
        { IsSealed: false } => "is not sealed",
        _ => null,
    };

    /// <summary>The contracts that the class implements; an interface that extends a contract counts as that contract.</summary>
    public static IReadOnlyList<ContractModel> Contracts(INamedTypeSymbol type) =>
        [.. KnownNames.Contracts.Where(c => type.AllInterfaces.Any(i => i.Is(c.Type)))];
}
