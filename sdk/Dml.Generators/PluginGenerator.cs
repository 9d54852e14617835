using System.Linq;
using System.Text;
using System.Threading;
using Dml.Generators.Analysis;
using Dml.Generators.Emission;
using Dml.Generators.Models;
using Dml.Generators.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Dml.Generators;

/// <summary>
/// Writes the registration of every [Plugin] class and the binder of every options record. Silent about mistakes: a broken plugin is
/// left out here and told by <see cref="PluginAnalyzer"/>.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class PluginGenerator : IIncrementalGenerator
{
    /// <summary>Tracking names of the steps.</summary>
    public const string PluginStep = "Plugin", OptionsStep = "Options", RecordsStep = "Records", RegistrationStep = "Registration";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var plugins = Marked(context, Known.PluginAttribute, PluginReader.ReadPlugin).WithTrackingName(PluginStep);
        var options = Marked(context, Known.OptionsAttribute, PluginReader.ReadOptions).WithTrackingName(OptionsStep);

        // A record that several plugins share is written once.
        var records = plugins.Collect().Combine(options.Collect())
            .Select((both, _) => new EquatableArray<OptionsModel>(both.Left.Concat(both.Right).SelectMany(m => m.Options).Distinct().OrderBy(o => o.Type, System.StringComparer.Ordinal)))
            .WithTrackingName(RecordsStep);
        context.RegisterSourceOutput(records, static (output, models) =>
        {
            foreach (var model in models) output.AddSource(FileName(model), SourceText.From(BinderTemplate.Render(model), Encoding.UTF8));
        });

        var registration = plugins.Select((m, _) => m.Plugin!).Collect()
            .Combine(context.CompilationProvider.Select((c, _) => c.AssemblyName ?? "Plugins"))
            .Select((x, _) => (Plugins: new EquatableArray<PluginModel>(x.Left.GroupBy(p => p.Name).Select(g => g.First())), Assembly: x.Right))
            .WithTrackingName(RegistrationStep);
        context.RegisterSourceOutput(registration, static (output, x) =>
        {
            if (x.Plugins.Count > 0) output.AddSource("PluginRegistration.g.cs", SourceText.From(RegistrationTemplate.Render(x.Plugins, x.Assembly), Encoding.UTF8));
        });
    }

    private delegate MarkedType Read(INamedTypeSymbol type, Problems problems, CancellationToken cancellation);

    private static IncrementalValuesProvider<MarkedType> Marked(IncrementalGeneratorInitializationContext context, string attribute, Read read) =>
        context.SyntaxProvider
            .ForAttributeWithMetadataName(attribute, static (node, _) => node is TypeDeclarationSyntax, (found, cancellation) =>
            {
                var problems = new Problems();
                var model = read((INamedTypeSymbol)found.TargetSymbol, problems, cancellation);
                return problems.Items.Count == 0 ? model : null;
            })
            .Where(static model => model is not null)
            .Select(static (model, _) => model!);

    private static string FileName(OptionsModel model) => (model.Namespace.Length == 0 ? "" : model.Namespace + ".") + model.Name + "Binder.g.cs";
}
