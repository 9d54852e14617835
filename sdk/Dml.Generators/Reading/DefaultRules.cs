using System;
using System.Globalization;
using System.Linq;
using Dml.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Dml.Generators.Reading;

/// <summary>
/// What makes a default one that a config can give: every run writes its defaults down, so one that cannot be read back ends in a run
/// that no command opens. Defaults that are no constants are passed over here; the host binds them when it loads the plugin.
/// </summary>
internal static class DefaultRules
{
    /// <summary>Whether the option holds what its initialiser states, and what its type's default is where there is none.</summary>
    public static bool IsPlain(IPropertySymbol option) => !option.IsAbstract && option.DeclaringSyntaxReferences.Length == 1
        && option.DeclaringSyntaxReferences[0].GetSyntax() is PropertyDeclarationSyntax { AccessorList: { } accessors }
        && accessors.Accessors.All(a => a.Body is null && a.ExpressionBody is null);

    /// <summary>Whether a constructor could set options of the record.</summary>
    public static bool HasConstructor(INamedTypeSymbol record)
    {
        for (var type = record; type is not null && type.SpecialType != SpecialType.System_Object; type = type.BaseType)
        {
            if (type.InstanceConstructors.Any(c => !c.IsImplicitlyDeclared && !IsCopy(c))) return true;
        }

        return false;
    }

    private static bool IsCopy(IMethodSymbol constructor) =>
        constructor.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(constructor.Parameters[0].Type, constructor.ContainingType);

    /// <summary>The flaw of the default of the option's type, or null.</summary>
    public static (string Found, string Expected)? FlawOfTypeDefault(IPropertySymbol option, OptionShape shape)
    {
        if (shape.IsNullable) return null;
        return shape.IsList || shape.Kind is ValueKind.Text or ValueKind.Record or ValueKind.Plugin ? Flaw(option, shape, (object?)null)
            : shape.Kind == ValueKind.Boolean ? null
            : Flaw(option, shape, 0);
    }

    /// <summary>The flaw of a stated default, or null when it is good or no constant.</summary>
    public static (string Found, string Expected)? Flaw(IPropertySymbol option, OptionShape shape, IOperation value)
    {
        // A conversion to T? is no constant any more, while what it converts is.
        while (!value.ConstantValue.HasValue && value is IConversionOperation conversion) value = conversion.Operand;
        return value.ConstantValue.HasValue ? Flaw(option, shape, value.ConstantValue.Value) : null;
    }

    private static (string Found, string Expected)? Flaw(IPropertySymbol option, OptionShape shape, object? value)
    {
        if (value is null) return shape.IsNullable ? null : ("null", Expected(option, shape));
        if (shape.IsList) return null;
        return shape.Kind switch
        {
            ValueKind.Choice => IsMember(shape, value) ? null : (Text(value), Expected(option, shape)),
            ValueKind.Text => value is string text && !IsWhole(text) ? ("of a text with half of a surrogate pair", "a text of whole characters") : null,
            _ when shape.IsNumber => IsInRange(option, Convert.ToDouble(value, CultureInfo.InvariantCulture)) ? null : (Text(value), Expected(option, shape)),
            _ => null,
        };
    }

    private static bool IsInRange(IPropertySymbol option, double number)
    {
        if (double.IsNaN(number) || double.IsInfinity(number)) return false;
        // A range without a number is reported by itself.
        return OptionsRules.Range(option) is not { } range || !OptionsRules.IsProper(range) || (number >= range.Minimum && number <= range.Maximum);
    }

    private static bool IsMember(OptionShape shape, object value) => OptionsRules.Members(shape).Any(m => Number(m.ConstantValue) == Number(value));

    private static decimal Number(object? value) => Convert.ToDecimal(value, CultureInfo.InvariantCulture);

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static string Expected(IPropertySymbol option, OptionShape shape)
    {
        if (shape.IsList) return "a list";
        var range = OptionsRules.Range(option) is { } given && OptionsRules.IsProper(given) ? given : RangeModel.All;
        return shape.Kind switch
        {
            ValueKind.Text => "a text",
            ValueKind.Record => "an object with options",
            ValueKind.Plugin => "the name of a plugin",
            ValueKind.Choice => "one of " + string.Join(", ", OptionsRules.Members(shape).Select(m => CamelCase.Of(m.Name))),
            ValueKind.Double => "a finite number" + range.Describe(),
            _ => "a whole number" + range.Describe(),
        };
    }

    private static string Text(object value) => value is double number
        ? number.ToString("R", CultureInfo.InvariantCulture)
        : Convert.ToString(value, CultureInfo.InvariantCulture);
}
