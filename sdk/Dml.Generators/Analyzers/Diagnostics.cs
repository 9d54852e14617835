using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Analyzers;

/// <summary>
/// Every diagnostic of the SDK. An id that was ever released keeps its meaning and is never used again; each has a page in
/// docs/diagnostics and a row in AnalyzerReleases.
/// </summary>
internal static class Diagnostics
{
    /// <summary>The property of a diagnostic that says to its code fix what to write.</summary>
    public const string ToWrite = "write";

    private const string PluginCategory = "Dml.Plugins";
    private const string OptionsCategory = "Dml.Options";
    private const string Pages = "https://github.com/dml-sdk/dml/blob/main/docs/diagnostics/";

    public static readonly DiagnosticDescriptor PluginClass = new(
        "DML001", "A plugin is a public sealed class", "Plugin '{0}' {1}; make it a public sealed class that is neither generic nor abstract",
        PluginCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML001.md");

    public static readonly DiagnosticDescriptor PluginConstructor = new(
        "DML002", "A plugin has one constructor that the host can call", "Plugin '{0}' {1}",
        PluginCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML002.md");

    public static readonly DiagnosticDescriptor PluginName = new(
        "DML003", "A plugin's name has lower-case letters, digits and single hyphens",
        "Plugin name '{0}' is not of the form 'proxy-nca': lower-case letters, digits and single hyphens between them",
        PluginCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML003.md");

    public static readonly DiagnosticDescriptor DuplicateName = new(
        "DML004", "A plugin's name is its own", "Plugin name '{0}' is already used by '{1}'",
        PluginCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML004.md", customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor NoContract = new(
        "DML005", "A plugin implements a contract", "Plugin '{0}' implements no contract; implement one of {1}",
        PluginCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML005.md");

    public static readonly DiagnosticDescriptor TwoContracts = new(
        "DML006", "A plugin implements one contract only", "Plugin '{0}' implements {1}; make a plugin of each",
        PluginCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML006.md");

    public static readonly DiagnosticDescriptor OptionType = new(
        "DML007", "An option has a type that configs can hold", "Option '{0}' has type '{1}', which configs cannot hold; {2}",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML007.md");

    public static readonly DiagnosticDescriptor SettableOption = new(
        "DML008", "An option does not change after construction", "Option '{0}' has a set accessor; write init instead",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML008.md");

    public static readonly DiagnosticDescriptor UndocumentedOption = new(
        "DML009", "An option has a summary", "Option '{0}' has no XML summary, which is what users read about it",
        OptionsCategory, DiagnosticSeverity.Warning, true, helpLinkUri: Pages + "DML009.md");

    public static readonly DiagnosticDescriptor OptionsRecord = new(
        "DML010", "Options are a public sealed record", "Options type '{0}' {1}; make it a public sealed record with init properties",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML010.md");

    public static readonly DiagnosticDescriptor ReservedKey = new(
        "DML011", "No option of a plugin is called name", "Option '{0}' would have the key 'name', under which a config section names the plugin",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML011.md");

    public static readonly DiagnosticDescriptor DuplicateKey = new(
        "DML012", "An option's key is its own", "Option '{0}' has the key '{1}', which option '{2}' has too",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML012.md");

    public static readonly DiagnosticDescriptor RangeOfNoNumber = new(
        "DML013", "A range belongs to numbers", "Option '{0}' has a range but is neither of numbers nor a TimeSpan",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML013.md");

    public static readonly DiagnosticDescriptor EmptyRange = new(
        "DML014", "A range holds at least one number", "The range from {1} to {2} of option '{0}' holds no {3}",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML014.md");

    public static readonly DiagnosticDescriptor ChoiceWords = new(
        "DML015", "A choice's words differ in more than case",
        "Option '{0}' has a choice between '{1}' and '{2}', which configs do not tell apart",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML015.md");

    public static readonly DiagnosticDescriptor FlagsOption = new(
        "DML016", "An option is no combination of flags",
        "Option '{0}' has the [Flags] enum '{1}', but a config gives one word; write a list of an enum without [Flags], or one bool each",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML016.md");

    public static readonly DiagnosticDescriptor UnreadableDefault = new(
        "DML017", "A default is a value that a config can give",
        "Option '{0}' has the default {1}, but a config gives {2}; choose another default, or write required",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML017.md", customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor ForeignRule = new(
        "DML018", "The rules of options are Dml's", "Option '{0}' has the attribute '{1}', which nothing reads; {2}",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML018.md");

    public static readonly DiagnosticDescriptor NoInit = new(
        "DML019", "What looks like an option can be set by a config", "'{0}' of the options '{1}' is {2}, which no config can set; {3}",
        OptionsCategory, DiagnosticSeverity.Warning, true, helpLinkUri: Pages + "DML019.md");

    public static readonly DiagnosticDescriptor PathOfNoText = new(
        "DML020", "A path is a text", "Option '{0}' has [OptionPath] but is of no texts; take the attribute away, or write string",
        OptionsCategory, DiagnosticSeverity.Error, true, helpLinkUri: Pages + "DML020.md");

    public static readonly DiagnosticDescriptor NoAttribute = new(
        "DML021", "A class with a contract is a plugin where it is meant as one",
        "'{0}' implements {1} and is no plugin; write [Plugin(\"{2}\")] before it if a config should choose it",
        PluginCategory, DiagnosticSeverity.Info, true, helpLinkUri: Pages + "DML021.md");

    public static readonly ImmutableArray<DiagnosticDescriptor> OfPlugins =
        ImmutableArray.Create(PluginClass, PluginConstructor, PluginName, DuplicateName, NoContract, TwoContracts, NoAttribute);

    public static readonly ImmutableArray<DiagnosticDescriptor> OfOptions =
        ImmutableArray.Create(
            OptionType, SettableOption, UndocumentedOption, OptionsRecord, ReservedKey, DuplicateKey, RangeOfNoNumber, EmptyRange,
            ChoiceWords, FlagsOption, UnreadableDefault, ForeignRule, NoInit, PathOfNoText);

    /// <summary>The properties of a diagnostic whose code fix is to write a text.</summary>
    public static ImmutableDictionary<string, string?> Write(string? text) =>
        text is null ? ImmutableDictionary<string, string?>.Empty : ImmutableDictionary<string, string?>.Empty.Add(ToWrite, text);

    public static ImmutableArray<DiagnosticDescriptor> All => OfPlugins.AddRange(OfOptions);
}
