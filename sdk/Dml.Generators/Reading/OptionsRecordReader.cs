using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>Makes models of options records.</summary>
internal static class OptionsRecordReader
{
    private static readonly SymbolDisplayFormat WithNulls =
        SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>The models of a record and all records nested in it; null when one of them breaks a rule.</summary>
    public static EquatableArray<OptionsModel>? Read(INamedTypeSymbol record, bool isOfPlugin, Compilation compilation, CancellationToken cancellationToken)
    {
        var models = new List<OptionsModel>();
        foreach (var type in OptionsRules.WithNested(record))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (OptionsRules.WhyUnusable(type) is not null || ReadOne(type, compilation, cancellationToken) is not { } model) return null;
            models.Add(model);
        }

        return isOfPlugin && models[0].Options.Any(o => o.Key == KnownNames.ReservedKey) ? null : new(models);
    }

    private static OptionsModel? ReadOne(INamedTypeSymbol record, Compilation compilation, CancellationToken cancellationToken)
    {
        var options = new List<OptionModel>();
        foreach (var property in OptionsRules.Options(record))
        {
            if (ReadOption(property, record, compilation, cancellationToken) is not { } option || options.Any(o => o.Key == option.Key)) return null;
            options.Add(option);
        }

        return new(record.NamespaceName(), BinderName.Of(record, compilation), record.Qualified(), new(options));
    }

    private static OptionModel? ReadOption(
        IPropertySymbol property, INamedTypeSymbol record, Compilation compilation, CancellationToken cancellationToken)
    {
        if (OptionsRules.Shape(property) is not { } shape || OptionsRules.IsFlags(shape)) return null;
        if (OptionsRules.IsPath(property) && shape.Leaf.Kind != ValueKind.Path) return null;
        if (OptionsRules.SameWords(shape) is not null || OptionsRules.ForeignRule(property) is not null) return null;
        var range = OptionsRules.Range(property);
        if (range is { } given && !(shape.HasRange && OptionsRules.IsProper(given, shape))) return null;
        return new(
            Symbols.Identifier(property.Name),
            CamelCase.Of(property.Name),
            Documentation.Summary(property, cancellationToken),
            property.IsRequired,
            OptionsConstructor.ParameterOf(property, record) is { HasExplicitDefaultValue: false },
            Value(shape, compilation),
            range ?? RangeModel.All);
    }

    private static ValueModel Value(OptionShape shape, Compilation compilation) => new(
        shape.Kind,
        shape.Type.ToDisplayString(WithNulls),
        shape.IsNullable,
        shape.IsInterface,
        shape.Item is { } item ? Value(item, compilation) : null,
        new(OptionsRules.Members(shape).Select(f => new ChoiceModel(CamelCase.Of(f.Name), $"{shape.Type.Qualified()}.{Symbols.Identifier(f.Name)}"))),
        shape is { IsCollection: false, Record: { } nested } ? BinderName.Qualified(nested, compilation) : "",
        shape.Chosen);
}
