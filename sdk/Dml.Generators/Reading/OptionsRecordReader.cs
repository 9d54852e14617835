using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Dml.Generators.Analysis;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dml.Generators.Reading;

/// <summary>Reads an options record and the records nested in it.</summary>
internal sealed class OptionsRecordReader(Problems problems, CancellationToken cancellation)
{
    /// <summary>The config section of a plugin holds the plugin's name under this key.</summary>
    private const string ReservedKey = "name";

    private readonly Dictionary<string, OptionsModel> _models = [];
    private readonly HashSet<string> _entered = [];

    /// <summary>The records read so far, each once.</summary>
    public IEnumerable<OptionsModel> Models => _models.Values;

    /// <summary>Reads a record; what is wrong goes to the problems.</summary>
    public void Read(INamedTypeSymbol record)
    {
        var name = record.FullName();
        if (!_entered.Add(name)) return;
        if (!IsOptionsRecord(record))
        {
            problems.Add(Rules.NotOptionsRecord, record, record.Name);
            return;
        }

        var options = new List<OptionModel>();
        foreach (var property in record.GetMembers().OfType<IPropertySymbol>().Where(IsOption))
        {
            cancellation.ThrowIfCancellationRequested();
            if (ReadOption(record, property, options) is { } option) options.Add(option);
        }

        var space = record.ContainingNamespace.IsGlobalNamespace ? "" : record.ContainingNamespace.ToDisplayString();
        _models[name] = new(name, space, record.Name, new EquatableArray<OptionModel>(options));
    }

    private static bool IsOptionsRecord(INamedTypeSymbol record) =>
        record is { IsRecord: true, IsSealed: true, TypeKind: TypeKind.Class, IsGenericType: false, ContainingType: null }
        && record.InstanceConstructors.Any(c => c.Parameters.Length == 0 && c.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal);

    private static bool IsOption(IPropertySymbol property) =>
        property is { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, SetMethod: not null };

    private OptionModel? ReadOption(INamedTypeSymbol record, IPropertySymbol property, List<OptionModel> others)
    {
        var key = property.Name.Camel();
        if (!property.SetMethod!.IsInitOnly) problems.Add(Rules.Settable, property, property.Name);
        if (key == ReservedKey) problems.Add(Rules.BadKey, property, property.Name, key, "is kept for the plugin's name");
        if (others.Any(o => o.Key == key)) problems.Add(Rules.BadKey, property, property.Name, key, "another option has too");
        var summary = XmlSummary.Of(property, cancellation);
        if (summary.Length == 0) problems.Add(Rules.NoSummary, property, property.Name);
        var (minimum, maximum) = RangeOf(property);
        var range = minimum is null ? "" : $"{minimum}, {maximum}";
        if (ValueForm.Of(property.Name, property.Type, range, record.ContainingAssembly) is not { } form)
        {
            problems.Add(Rules.UnsupportedType, property, property.Name, property.Type.ToDisplayString());
            return null;
        }

        if (minimum is not null && !form.IsNumber) problems.Add(Rules.BadRange, property, property.Name, "stands on an option that is no number");
        if (form.Record is not null) Read(form.Record);
        return new(
            property.Name, key, property.Type.ToDisplayString(SymbolExtensions.Qualified), form.Reader, form.SchemaType, DefaultText(property, form), form.Expected,
            form.IsNumber ? minimum : null, form.IsNumber ? maximum : null, form.Enum, form.Record is null ? null : ValueForm.BinderOf(form.Record), summary);
    }

    private static string? DefaultText(IPropertySymbol property, ValueForm form)
    {
        if (property.IsRequired) return null;
        if (form.Text is null) return form.SchemaType.EndsWith("?", StringComparison.Ordinal) ? $"Defaults.{property.Name} is null ? \"null\" : \"{{}}\"" : "\"{}\"";
        return form.Text.Contains("=>") ? $"Text(Defaults.{property.Name}, {form.Text})" : $"{form.Text}(Defaults.{property.Name})";
    }

    /// <summary>The range as C# literals, or nulls.</summary>
    private (string? Minimum, string? Maximum) RangeOf(IPropertySymbol property)
    {
        if (property.Attribute(Known.RangeAttribute) is not { ConstructorArguments: { Length: 2 } arguments }) return (null, null);
        var (minimum, maximum) = (Number(arguments[0]), Number(arguments[1]));
        if (!(minimum <= maximum)) problems.Add(Rules.BadRange, property, property.Name, "has a minimum above its maximum");
        return (Literal(minimum), Literal(maximum));
    }

    private static double Number(TypedConstant constant) => Convert.ToDouble(constant.Value, CultureInfo.InvariantCulture);

    private static string Literal(double value) =>
        double.IsPositiveInfinity(value) ? "double.PositiveInfinity"
        : double.IsNegativeInfinity(value) ? "double.NegativeInfinity"
        : SymbolDisplay.FormatPrimitive(value, quoteStrings: false, useHexadecimalNumbers: false) + "d";
}
