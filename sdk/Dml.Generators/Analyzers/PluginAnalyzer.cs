using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Dml.Generators.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dml.Generators.Analyzers;

/// <summary>Reports plugin classes that the generator has to skip.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PluginAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Diagnostics.OfPlugins;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            var named = new ConcurrentBag<NamedPlugin>();
            start.RegisterSymbolAction(symbol => Analyze(symbol, named), SymbolKind.NamedType);
            start.RegisterCompilationEndAction(end => ReportDuplicates(end, named));
        });
    }

    private static void Analyze(SymbolAnalysisContext context, ConcurrentBag<NamedPlugin> named)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.Attribute(KnownNames.PluginAttribute) is not { } attribute)
        {
            ReportNoAttribute(context, type);
            return;
        }

        var name = PluginRules.Name(attribute);
        var nameLocation = LocationOfName(attribute, type, context.CancellationToken);
        if (PluginRules.IsGoodName(name)) named.Add(new(name, type, nameLocation));
        else context.ReportDiagnostic(Diagnostic.Create(Diagnostics.PluginName, nameLocation, Diagnostics.Write(PluginRules.Corrected(name)), name));

        if (PluginRules.WhyUnusable(type) is { } flaw) context.ReportDiagnostic(Diagnostic.Create(Diagnostics.PluginClass, type.Locations[0], type.Name, flaw));
        ReportContracts(context, type);

        // The constructors of an abstract class are not for the host in any case.
        if (!type.IsAbstract && PluginConstructor.Of(type).Problem is { } problem)
        {
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.PluginConstructor, type.Locations[0], type.Name, problem));
        }
    }

    /// <summary>Without the attribute a plugin is found by no one, and nobody says so.</summary>
    private static void ReportNoAttribute(SymbolAnalysisContext context, INamedTypeSymbol type)
    {
        if (type.TypeKind != TypeKind.Class || PluginRules.WhyUnusable(type) is not null || type.ContainingType is not null) return;
        if (PluginRules.Contracts(type) is not { Count: 1 } contracts || PluginConstructor.Of(type).Problem is not null) return;
        var name = PluginRules.NameFor(type.Name, contracts[0]);
        context.ReportDiagnostic(
            Diagnostic.Create(Diagnostics.NoAttribute, type.Locations[0], Diagnostics.Write(name), type.Name, contracts[0].Type, name));
    }

    private static void ReportContracts(SymbolAnalysisContext context, INamedTypeSymbol type)
    {
        var contracts = PluginRules.Contracts(type);
        if (contracts.Count == 1) return;
        var (descriptor, listed) = contracts.Count == 0
            ? (Diagnostics.NoContract, string.Join(", ", KnownNames.Contracts.Select(c => c.Type)))
            : (Diagnostics.TwoContracts, string.Join(" and ", contracts.Select(c => c.Type)));
        context.ReportDiagnostic(Diagnostic.Create(descriptor, type.Locations[0], type.Name, listed));
    }

    /// <summary>The first class of a name, in ordinal order as in the registration, keeps it.</summary>
    private static void ReportDuplicates(CompilationAnalysisContext context, ConcurrentBag<NamedPlugin> named)
    {
        foreach (var same in named.GroupBy(p => p.Name))
        {
            var ordered = same.OrderBy(p => p.Type.Qualified(), System.StringComparer.Ordinal).ToList();
            foreach (var other in ordered.Skip(1))
            {
                context.ReportDiagnostic(Diagnostic.Create(Diagnostics.DuplicateName, other.Location, other.Name, ordered[0].Type.ToDisplayString()));
            }
        }
    }

    private static Location LocationOfName(AttributeData attribute, INamedTypeSymbol type, CancellationToken cancellationToken) =>
        attribute.ApplicationSyntaxReference?.GetSyntax(cancellationToken) is AttributeSyntax { ArgumentList.Arguments: { Count: > 0 } arguments }
            ? arguments[0].GetLocation()
            : type.Locations[0];

    private sealed record NamedPlugin(string Name, INamedTypeSymbol Type, Location Location);
}
