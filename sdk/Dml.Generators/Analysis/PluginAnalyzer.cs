using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using Dml.Generators.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dml.Generators.Analysis;

/// <summary>Reports mistakes in plugins and options records (DML001 and following).</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PluginAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Rules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(Start);
    }

    private static void Start(CompilationStartAnalysisContext start)
    {
        var plugins = new ConcurrentBag<INamedTypeSymbol>();
        start.RegisterSymbolAction(
            context =>
            {
                var type = (INamedTypeSymbol)context.Symbol;
                var problems = new Problems();
                if (type.Attribute(Known.PluginAttribute) is not null)
                {
                    plugins.Add(type);
                    PluginReader.ReadPlugin(type, problems, context.CancellationToken);
                }

                if (type.Attribute(Known.OptionsAttribute) is not null) PluginReader.ReadOptions(type, problems, context.CancellationToken);
                foreach (var problem in problems.Items) context.ReportDiagnostic(problem);
            },
            SymbolKind.NamedType);
        start.RegisterCompilationEndAction(context => ReportDuplicates(context, plugins));
    }

    private static void ReportDuplicates(CompilationAnalysisContext context, ConcurrentBag<INamedTypeSymbol> plugins)
    {
        foreach (var group in plugins.GroupBy(PluginReader.NameOf).Where(g => g.Count() > 1))
        {
            var ordered = group.OrderBy(t => t.ToDisplayString(), System.StringComparer.Ordinal).ToList();
            foreach (var type in ordered.Skip(1)) context.ReportDiagnostic(Diagnostic.Create(Rules.DuplicateName, type.Place(), group.Key, ordered[0].Name));
        }
    }
}
