using System.Linq;
using Dml.Generators.Models;
using Dml.Generators.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Dml.Generators;

/// <summary>What the pipeline looks for in source. Everything that leaves here is a model, free of symbols and syntax.</summary>
internal static class SyntaxQueries
{
    /// <summary>The plugins without mistakes.</summary>
    public static IncrementalValuesProvider<PluginModel> Plugins(SyntaxValueProvider syntax) => syntax
        .ForAttributeWithMetadataName(
            KnownNames.PluginAttribute,
            static (node, _) => node is TypeDeclarationSyntax,
            static (found, cancellationToken) =>
                found.TargetSymbol is INamedTypeSymbol type
                    ? PluginReader.Read(type, found.Attributes[0], found.SemanticModel.Compilation, cancellationToken)
                    : null)
        .Where(static plugin => plugin is not null)
        .Select(static (plugin, _) => plugin!);

    /// <summary>The records marked as options, each with all nested ones.</summary>
    public static IncrementalValuesProvider<EquatableArray<OptionsModel>> MarkedOptions(SyntaxValueProvider syntax) => syntax
        .ForAttributeWithMetadataName(
            KnownNames.OptionsAttribute,
            static (node, _) => node is TypeDeclarationSyntax,
            static (found, cancellationToken) =>
                found.TargetSymbol is INamedTypeSymbol type
                    ? OptionsRecordReader.Read(type, isOfPlugin: false, found.SemanticModel.Compilation, cancellationToken)
                    : null)
        .Where(static records => records is not null)
        .Select(static (records, _) => records!.Value);
}
