using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Dml.Generators.Models;
using Dml.Generators.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Dml.Generators.Analyzers;

/// <summary>Reports options records that the generator has to skip: those of plugins, those marked, and those nested in them.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OptionsAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Diagnostics.OfOptions;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            var seen = new Seen();
            start.RegisterSymbolAction(symbol => Analyze(symbol, seen), SymbolKind.NamedType);
            start.RegisterOperationAction(found => seen.Defaults.Add((IPropertyInitializerOperation)found.Operation), OperationKind.PropertyInitializer);
            start.RegisterCompilationEndAction(end => ReportDefaults(end, seen));
        });
    }

    private static void Analyze(SymbolAnalysisContext context, Seen seen)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.Attribute(KnownNames.OptionsAttribute) is not null) ReportAll(context, type, type.Locations[0], seen);
        if (type.Attribute(KnownNames.PluginAttribute) is null || type.IsAbstract) return;
        if (PluginConstructor.Of(type).Options is not { Type: INamedTypeSymbol options } parameter || options.Is(KnownNames.NoOptions)) return;

        ReportAll(context, options, parameter.Locations[0], seen);
        if (!seen.Records.TryAdd((options, true), true)) return;
        foreach (var option in OptionsRules.Options(options).Where(o => CamelCase.Of(o.Name) == KnownNames.ReservedKey))
        {
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.ReservedKey, Where(option, parameter.Locations[0]), option.Name));
        }
    }

    private static void ReportAll(SymbolAnalysisContext context, INamedTypeSymbol root, Location use, Seen seen)
    {
        foreach (var record in OptionsRules.WithNested(root).Where(r => seen.Records.TryAdd((r, false), true)))
        {
            if (OptionsRules.WhyUnusable(record) is { } flaw)
            {
                context.ReportDiagnostic(Diagnostic.Create(Diagnostics.OptionsRecord, Where(record, use), record.Name, flaw));
                continue;
            }

            var options = OptionsRules.Options(record);
            foreach (var option in options)
            {
                ReportOption(context, option, Where(option, use));
                if (!option.IsRequired && (DefaultRules.IsPlain(option) || OptionsConstructor.DeclaringParameter(option) is not null))
                {
                    seen.Options.TryAdd(option, (record, Where(option, use)));
                }
            }

            ReportDuplicates(context, options, use);
            ReportUnsettable(context, record, use);
        }
    }

    /// <summary>A property that stores a value but cannot be set, and a public field: whoever wrote them meant options.</summary>
    private static void ReportUnsettable(SymbolAnalysisContext context, INamedTypeSymbol record, Location use)
    {
        foreach (var member in OptionsRules.Unsettable(record))
        {
            var (what, remedy) = member is IFieldSymbol
                ? ("a field", "make it a property with { get; init; }")
                : ("a property without an accessor for it", "write { get; init; }, or => where it is computed");
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.NoInit, Where(member, use), member.Name, record.Name, what, remedy));
        }
    }

    private static void ReportOption(SymbolAnalysisContext context, IPropertySymbol option, Location where)
    {
        var shape = OptionsRules.Shape(option);
        if (shape is null)
        {
            var remedy = OptionShape.Of(option.Type) is null ? "use " + OptionShape.Supported : "since the record contains itself";
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.OptionType, where, option.Name, option.Type.ToDisplayString(), remedy));
        }

        if (option.SetMethod is { IsInitOnly: false }) context.ReportDiagnostic(Diagnostic.Create(Diagnostics.SettableOption, where, option.Name));
        if (option.Locations[0].IsInSource && Documentation.Summary(option, context.CancellationToken).Length == 0)
        {
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.UndocumentedOption, where, option.Name));
        }

        if (shape is not null && OptionsRules.IsPath(option) && shape.Leaf.Kind != ValueKind.Path)
        {
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.PathOfNoText, where, option.Name));
        }

        if (shape is { } choice) ReportChoice(context, option, choice, where);
        if (OptionsRules.ForeignRule(option) is { } rule)
        {
            var remedy = rule.Name == "RangeAttribute" ? "write [Dml.Range(minimum, maximum)]" : "check the option in the plugin's constructor";
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.ForeignRule, where, option.Name, rule.ToDisplayString(), remedy));
        }

        if (OptionsRules.Range(option) is not { } range) return;
        if (shape is { HasRange: false }) context.ReportDiagnostic(Diagnostic.Create(Diagnostics.RangeOfNoNumber, where, option.Name));
        else if (shape is not null && !OptionsRules.IsProper(range, shape))
        {
            var number = shape.IsWhole ? "whole number that its type can hold" : "number that its type can hold";
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.EmptyRange, where, option.Name, Text(range.Minimum), Text(range.Maximum), number));
        }
    }

    private static void ReportChoice(SymbolAnalysisContext context, IPropertySymbol option, OptionShape shape, Location where)
    {
        if (OptionsRules.IsFlags(shape)) context.ReportDiagnostic(Diagnostic.Create(Diagnostics.FlagsOption, where, option.Name, shape.Leaf.Type.Name));
        if (OptionsRules.SameWords(shape) is { } same)
        {
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.ChoiceWords, where, option.Name, same.First.Name, same.Second.Name));
        }
    }

    /// <summary>
    /// Of the defaults that the source states, those that a config could not give; what a constructor computes is checked when the
    /// plugin is loaded.
    /// </summary>
    private static void ReportDefaults(CompilationAnalysisContext context, Seen seen)
    {
        var stated = seen.Defaults.SelectMany(d => d.InitializedProperties, (d, property) => (property, d.Value))
            .GroupBy<(IPropertySymbol property, IOperation Value), ISymbol>(d => d.property, SymbolEqualityComparer.Default)
            .ToDictionary(g => g.Key, g => g.First().Value, SymbolEqualityComparer.Default);
        foreach (var entry in seen.Options)
        {
            var option = (IPropertySymbol)entry.Key;
            if (OptionsRules.Shape(option) is not { } shape) continue;
            var (record, where) = entry.Value;
            if (DefaultRules.HasConstructor(record)) continue;
            var isDeclared = OptionsConstructor.DeclaringParameter(option) is not null;
            var parameter = OptionsConstructor.ParameterOf(option, record);
            if (isDeclared && parameter is not { HasExplicitDefaultValue: true }) continue;
            stated.TryGetValue(option, out var value);
            var flaw = isDeclared ? DefaultRules.Flaw(option, shape, parameter!)
                : value is not null ? DefaultRules.Flaw(option, shape, value)
                : DefaultRules.FlawOfTypeDefault(option, shape);
            if (flaw is not var (found, expected)) continue;
            var nearest = DefaultRules.Nearest(option, shape, isDeclared ? DefaultRules.Number(parameter!) : DefaultRules.Number(value));
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.UnreadableDefault, where, Diagnostics.Write(nearest), option.Name, found, expected));
        }
    }

    private static void ReportDuplicates(SymbolAnalysisContext context, IReadOnlyList<IPropertySymbol> options, Location use)
    {
        foreach (var same in options.GroupBy(o => CamelCase.Of(o.Name)))
        {
            foreach (var other in same.Skip(1))
            {
                context.ReportDiagnostic(Diagnostic.Create(Diagnostics.DuplicateKey, Where(other, use), other.Name, same.Key, same.First().Name));
            }
        }
    }

    /// <summary>Where the symbol is declared, or where it is used when another assembly declares it.</summary>
    private static Location Where(ISymbol symbol, Location use) => symbol.Locations[0].IsInSource ? symbol.Locations[0] : use;

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>What one compilation was seen to hold.</summary>
    private sealed class Seen
    {
        /// <summary>A record that several plugins use is reported once; that it is a plugin's own is asked apart, for the reserved key.</summary>
        public ConcurrentDictionary<(ISymbol Record, bool IsOfPlugin), bool> Records { get; } = new();

        /// <summary>The options that have a default of their own, with a record that has them and the place to report.</summary>
        public ConcurrentDictionary<ISymbol, (INamedTypeSymbol Record, Location Where)> Options { get; } = new(SymbolEqualityComparer.Default);

        public ConcurrentBag<IPropertyInitializerOperation> Defaults { get; } = [];
    }
}
