using System;
using System.Collections.Generic;
using System.Linq;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Dml.Generators.Reading;

/// <summary>What makes an options record usable. The generator skips what breaks these rules, the analyzer reports it.</summary>
internal static class OptionsRules
{
    /// <summary>The properties that configs can set: those of base records first, an overriding one at the place of the overridden.</summary>
    public static IReadOnlyList<IPropertySymbol> Options(INamedTypeSymbol record)
    {
        var options = new List<IPropertySymbol>();
        foreach (var type in BasesFirst(record))
        {
            foreach (var property in type.GetMembers().OfType<IPropertySymbol>().Where(IsOption))
            {
                var hidden = options.FindIndex(o => o.Name == property.Name);
                if (hidden < 0) options.Add(property);
                else options[hidden] = property;
            }
        }

        return options;
    }

    /// <summary>Why a binder cannot make the record, to follow "the options type"; null when it can.</summary>
    public static string? WhyUnusable(INamedTypeSymbol type) => type switch
    {
        { IsRecord: false } or { TypeKind: not TypeKind.Class } => "is not a record class",
        { ContainingType: not null } => "is nested in another type",
        // What is no plugin's is bound by its own assembly alone.
        { DeclaredAccessibility: not Accessibility.Public } when type.Attribute(KnownNames.OptionsAttribute) is null => "is not public",
        { IsGenericType: true } => "is generic",
        { IsAbstract: true } => "is abstract",
        { IsSealed: false } => "is not sealed",
        _ when OptionsConstructor.Of(type) is null =>
            "has neither a public constructor without parameters, from which the defaults could come, nor one whose parameters are options by name and type",
        _ => null,
    };

    /// <summary>The option's type taken apart; null when configs cannot hold it, as with a record that contains itself.</summary>
    public static OptionShape? Shape(IPropertySymbol option) =>
        OptionShape.Of(option.Type) is not { } shape || (shape.Record is { } nested && Reaches(nested, option.ContainingType)) ? null
            : IsPath(option) && shape.Leaf.Kind == ValueKind.Text ? shape.WithLeaf(ValueKind.Path)
            : shape;

    /// <summary>Whether the option is said to be of paths.</summary>
    public static bool IsPath(IPropertySymbol option) => Attributes(option).Any(a => a.AttributeClass.Is(KnownNames.OptionPathAttribute));

    /// <summary>The range of the attribute, or null when there is no such attribute.</summary>
    public static RangeModel? Range(IPropertySymbol option) =>
        Attributes(option).FirstOrDefault(a => a.AttributeClass.Is(KnownNames.RangeAttribute))?.ConstructorArguments is { Length: 2 } bounds
            && bounds[0].Value is double minimum && bounds[1].Value is double maximum
            ? new(minimum, maximum)
            : null;

    /// <summary>False for a range that no number of the option's type is in; a comparison with NaN is false too.</summary>
    public static bool IsProper(RangeModel range, OptionShape shape)
    {
        var (least, most) = (range.Minimum, range.Maximum);
        if (double.IsPositiveInfinity(least) || double.IsNegativeInfinity(most)) return false;
        var (lowest, highest) = shape.Leaf.Kind switch
        {
            ValueKind.Int32 => (int.MinValue, int.MaxValue),
            ValueKind.Int64 => (long.MinValue, long.MaxValue),
            ValueKind.Single => (-(double)float.MaxValue, float.MaxValue),
            ValueKind.Duration => (TimeSpan.MinValue.TotalSeconds, TimeSpan.MaxValue.TotalSeconds),
            _ => (double.MinValue, double.MaxValue),
        };
        if (shape.IsWhole) (least, most) = (Math.Ceiling(least), Math.Floor(most));
        return Math.Max(least, lowest) <= Math.Min(most, highest);
    }

    /// <summary>Two members of a choice that configs do not tell apart, since they compare words without regard to case; null when there are none.</summary>
    public static (IFieldSymbol First, IFieldSymbol Second)? SameWords(OptionShape shape)
    {
        var same = Members(shape.Leaf).GroupBy(m => CamelCase.Of(m.Name), StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1)?.ToList();
        return same is null ? null : (same[0], same[1]);
    }

    /// <summary>Whether the option is an enum whose members are meant to be combined.</summary>
    public static bool IsFlags(OptionShape shape) => shape.Leaf.Kind == ValueKind.Choice && shape.Leaf.Type.Attribute("System.FlagsAttribute") is not null;

    /// <summary>The members of a choice's enum in the order of declaration; empty for another option.</summary>
    public static IEnumerable<IFieldSymbol> Members(OptionShape shape) => shape.Kind != ValueKind.Choice
        ? []
        : shape.Type.GetMembers().OfType<IFieldSymbol>().Where(f => f.HasConstantValue);

    /// <summary>An attribute that looks like a rule and that nothing here reads: a range of another namespace, or a validation attribute of .NET.</summary>
    public static INamedTypeSymbol? ForeignRule(IPropertySymbol option) => Attributes(option).Select(a => a.AttributeClass)
        .FirstOrDefault(a => a is not null && !a.Is(KnownNames.RangeAttribute) && (a.Name == "RangeAttribute" || IsValidation(a)));

    /// <summary>The attributes of an option, those of the parameter that declares it among them.</summary>
    private static IEnumerable<AttributeData> Attributes(IPropertySymbol option) => OptionsConstructor.DeclaringParameter(option) is { } parameter
        ? option.GetAttributes().Concat(parameter.GetAttributes())
        : option.GetAttributes();

    /// <summary>The record and all records nested in it, each once.</summary>
    public static IReadOnlyList<INamedTypeSymbol> WithNested(INamedTypeSymbol record)
    {
        var found = new List<INamedTypeSymbol> { record };
        for (var i = 0; i < found.Count; i++)
        {
            var nested = Options(found[i]).Select(o => OptionShape.Of(o.Type)?.Record).OfType<INamedTypeSymbol>();
            found.AddRange(
                nested.Where(n => !found.Contains(n, SymbolEqualityComparer.Default)).Distinct(SymbolEqualityComparer.Default).Cast<INamedTypeSymbol>());
        }

        return found;
    }

    /// <summary>What stores a value of the record's own that no config can set: public properties that only get, and public fields.</summary>
    public static IEnumerable<ISymbol> Unsettable(INamedTypeSymbol record) => record.GetMembers().Where(m => m switch
    {
        { IsStatic: true } or { DeclaredAccessibility: not Accessibility.Public } or { IsImplicitlyDeclared: true } or { IsOverride: true } => false,
        IFieldSymbol => true,
        IPropertySymbol { SetMethod: null, IsIndexer: false } property =>
            record.GetMembers().OfType<IFieldSymbol>().Any(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property)),
        _ => false,
    });

    private static bool Reaches(INamedTypeSymbol from, INamedTypeSymbol target) => WithNested(from).Contains(target, SymbolEqualityComparer.Default);

    private static bool IsValidation(INamedTypeSymbol attribute)
    {
        for (var type = attribute; type is not null; type = type.BaseType)
        {
            if (type.Is("System.ComponentModel.DataAnnotations.ValidationAttribute")) return true;
        }

        return false;
    }

    private static bool IsOption(IPropertySymbol property) =>
        property is { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, SetMethod.DeclaredAccessibility: Accessibility.Public };

    private static Stack<INamedTypeSymbol> BasesFirst(INamedTypeSymbol type)
    {
        var chain = new Stack<INamedTypeSymbol>();
        for (var current = type; current is not null && current.SpecialType != SpecialType.System_Object; current = current.BaseType) chain.Push(current);
        return chain;
    }
}
