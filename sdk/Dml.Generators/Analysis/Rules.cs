using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Analysis;

/// <summary>The mistakes that a plugin author can make, as diagnostics. An id is never used again; each has a page in docs/diagnostics.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor NotPublicSealed = Rule("DML001", "A plugin is a public sealed class", "Plugin '{0}' must be a public sealed class without type parameters; the host makes it from another assembly");
    public static readonly DiagnosticDescriptor NoUsableConstructor = Rule("DML002", "A plugin has one usable constructor", "Plugin '{0}' must have exactly one public constructor, with at most one options record and otherwise types marked [PluginService]; {1}");
    public static readonly DiagnosticDescriptor BadName = Rule("DML003", "A plugin name is lower case words joined by hyphens", "Plugin name '{0}' must consist of lower case letters and digits, in words joined by single hyphens");
    public static readonly DiagnosticDescriptor DuplicateName = Rule("DML004", "A plugin name is unique", "Plugin name '{0}' is also that of '{1}'", WellKnownDiagnosticTags.CompilationEnd);
    public static readonly DiagnosticDescriptor NoContract = Rule("DML005", "A plugin implements a contract", "Plugin '{0}' must implement one of {1}");
    public static readonly DiagnosticDescriptor TwoContracts = Rule("DML006", "A plugin implements one contract", "Plugin '{0}' implements {1}; it must implement only one, so split the class");
    public static readonly DiagnosticDescriptor UnsupportedType = Rule("DML007", "An option has a supported type", "Option '{0}' has type '{1}'; supported are bool, int, long, double, string, enums, options records of this assembly, nullable forms of these, and IReadOnlyList<T> of these");
    public static readonly DiagnosticDescriptor Settable = Rule("DML008", "An option is init-only", "Option '{0}' must have an init accessor in place of set; options do not change after binding");
    public static readonly DiagnosticDescriptor NoSummary = Rule("DML009", "An option has a summary", "Option '{0}' must have an XML <summary>; `dml describe`, the JSON Schema and the docs are made from it");
    public static readonly DiagnosticDescriptor NotOptionsRecord = Rule("DML010", "Options are a sealed record", "Options type '{0}' must be a non-generic sealed record with a constructor without parameters, as visible as its plugin and not nested");
    public static readonly DiagnosticDescriptor BadKey = Rule("DML011", "An option key is free", "Option '{0}' has the key '{1}', which {2}");
    public static readonly DiagnosticDescriptor BadRange = Rule("DML012", "A range fits its option", "[Range] of option '{0}' {1}");

    public static ImmutableArray<DiagnosticDescriptor> All { get; } = ImmutableArray.Create(
        NotPublicSealed, NoUsableConstructor, BadName, DuplicateName, NoContract, TwoContracts,
        UnsupportedType, Settable, NoSummary, NotOptionsRecord, BadKey, BadRange);

    private static DiagnosticDescriptor Rule(string id, string title, string message, params string[] tags) => new(
        id, title, message, "Dml.Plugins", DiagnosticSeverity.Error, isEnabledByDefault: true,
        helpLinkUri: $"https://github.com/dml-sdk/dml/blob/main/docs/diagnostics/{id}.md", customTags: tags);
}
