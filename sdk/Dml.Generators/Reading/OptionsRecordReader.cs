using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>Makes models of options records.</summary>
internal static class OptionsRecordReader
{
    /// <summary>The models of a record and all records nested in it; null when one of them breaks a rule.</summary>
    public static EquatableArray<OptionsModel>? Read(INamedTypeSymbol record, bool isOfPlugin, CancellationToken cancellationToken)
    {
        var models = new List<OptionsModel>();
        foreach (var type in OptionsRules.WithNested(record))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (OptionsRules.WhyUnusable(type) is not null || ReadOne(type, cancellationToken) is not { } model) return null;
            models.Add(model);
        }

        return isOfPlugin && models[0].Options.Any(o => o.Key == KnownNames.ReservedKey) ? null : new(models);
    }

    /// <summary>The generated binder of a record, fully qualified.</summary>
    public static string BinderOf(INamedTypeSymbol record) =>
        (record.NamespaceName() is { Length: > 0 } space ? $"global::{space}." : "global::") + record.Name + "Binder";

    private static OptionsModel? ReadOne(INamedTypeSymbol record, CancellationToken cancellationToken)
    {
        var options = new List<OptionModel>();
        foreach (var property in OptionsRules.Options(record))
        {
            if (ReadOption(property, cancellationToken) is not { } option || options.Any(o => o.Key == option.Key)) return null;
            options.Add(option);
        }

        return new(record.NamespaceName(), record.Name, record.Qualified(), new(options));
    }

    private static OptionModel? ReadOption(IPropertySymbol property, CancellationToken cancellationToken)
    {
        if (OptionsRules.Shape(property) is not { } shape || OptionsRules.IsFlags(shape)) return null;
        if (OptionsRules.SameWords(shape) is not null || OptionsRules.ForeignRule(property) is not null) return null;
        var range = OptionsRules.Range(property);
        if (range is { } given && !(shape.IsNumber && OptionsRules.IsProper(given))) return null;
        return new(
            Symbols.Identifier(property.Name),
            CamelCase.Of(property.Name),
            Documentation.Summary(property, cancellationToken),
            property.IsRequired,
            shape.Kind,
            shape.Element.Qualified(),
            shape.IsList,
            shape.IsNullable,
            range ?? RangeModel.All,
            new(Choices(shape)),
            shape.Record is { } nested ? BinderOf(nested) : "",
            shape.Chosen);
    }

    private static IEnumerable<ChoiceModel> Choices(OptionShape shape) => OptionsRules.Members(shape)
        .Select(f => new ChoiceModel(CamelCase.Of(f.Name), $"{shape.Element.Qualified()}.{Symbols.Identifier(f.Name)}"));
}
