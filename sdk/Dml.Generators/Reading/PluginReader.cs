using System.Linq;
using System.Threading;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>Makes models of plugin classes.</summary>
internal static class PluginReader
{
    /// <summary>The model of a plugin; null when it breaks a rule, which the analyzer then reports.</summary>
    public static PluginModel? Read(INamedTypeSymbol plugin, AttributeData attribute, Compilation compilation, CancellationToken cancellationToken)
    {
        var name = PluginRules.Name(attribute);
        if (!PluginRules.IsGoodName(name) || PluginRules.WhyUnusable(plugin) is not null) return null;
        var contracts = PluginRules.Contracts(plugin);
        if (contracts.Count != 1) return null;
        var constructor = PluginConstructor.Of(plugin);
        if (constructor.Problem is not null) return null;

        var record = constructor.Options?.Type as INamedTypeSymbol;
        var isOwn = record is not null && !record.Is(KnownNames.NoOptions);
        var records = isOwn ? OptionsRecordReader.Read(record!, isOfPlugin: true, compilation, cancellationToken) : new([]);
        if (records is null) return null;
        var entry = new PluginEntry(
            name,
            contracts[0].Kind,
            plugin.Qualified(),
            plugin.ToDisplayString(),
            Documentation.FirstParagraph(plugin, cancellationToken),
            record?.Qualified(),
            isOwn ? BinderName.Qualified(record!, compilation) : "global::" + KnownNames.NoOptions,
            new(constructor.Parameters.Select(p => SymbolEqualityComparer.Default.Equals(p, constructor.Options) ? "" : p.Type.Qualified())));
        return new(entry, records.Value);
    }
}
