using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Dml.Generators.Models;
using Dml.Generators.Templates;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Dml.Generators;

/// <summary>
/// Writes the config binder and schema of every options record and one registration of all plugins of the assembly. It reports
/// nothing: what it skips, the analyzers of this assembly explain.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class PluginGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var plugins = SyntaxQueries.Plugins(context.SyntaxProvider).WithTrackingName(TrackingNames.Plugins);
        var marked = SyntaxQueries.MarkedOptions(context.SyntaxProvider).WithTrackingName(TrackingNames.MarkedOptions);

        var records = plugins.Select(static (p, _) => p.Records).Collect()
            .Combine(marked.Collect())
            .SelectMany(static (all, _) => Distinct(all.Left, all.Right))
            .WithTrackingName(TrackingNames.OptionsRecords);
        context.RegisterSourceOutput(records, static (output, record) => output.AddSource(record.HintName, Source(BinderTemplate.Render(record))));

        var assembly = context.CompilationProvider.Select(static (c, _) => c.AssemblyName ?? "Plugins").WithTrackingName(TrackingNames.AssemblyName);
        var registration = plugins.Select(static (p, _) => p.Entry).Collect()
            .Combine(assembly)
            .Select(static (all, _) => Registration(all.Left, all.Right))
            .WithTrackingName(TrackingNames.Registration);
        context.RegisterSourceOutput(registration, static (output, model) =>
        {
            if (model.Plugins.Count > 0) output.AddSource("PluginRegistration.g.cs", Source(RegistrationTemplate.Render(model)));
        });
    }

    /// <summary>A record that several plugins use, or that is also marked, gets one binder.</summary>
    private static IEnumerable<OptionsModel> Distinct(
        ImmutableArray<EquatableArray<OptionsModel>> ofPlugins, ImmutableArray<EquatableArray<OptionsModel>> marked) =>
        ofPlugins.Concat(marked).SelectMany(r => r).GroupBy(r => r.Type).Select(g => g.First()).OrderBy(r => r.HintName, System.StringComparer.Ordinal)
            .GroupBy(r => r.HintName, System.StringComparer.OrdinalIgnoreCase).SelectMany(g => g.Select((r, i) => i == 0 ? r : r with { FileNumber = i + 1 }));

    private static RegistrationModel Registration(ImmutableArray<PluginEntry> plugins, string assembly)
    {
        var unique = plugins.OrderBy(p => p.Name, System.StringComparer.Ordinal).ThenBy(p => p.Type, System.StringComparer.Ordinal)
            .GroupBy(p => p.Name).Select(g => g.First());
        return new(RegistrationTemplate.NamespaceOf(assembly), new(unique));
    }

    private static SourceText Source(string text) => SourceText.From(text, Encoding.UTF8);
}
