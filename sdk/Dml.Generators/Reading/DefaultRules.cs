using System;
using System.Collections.Generic;
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

    /// <summary>Whether a constructor could set options of the record in its body; parameters of a record set their own alone.</summary>
    public static bool HasConstructor(INamedTypeSymbol record)
    {
        for (var type = record; type is not null && type.SpecialType != SpecialType.System_Object; type = type.BaseType)
        {
            if (type.InstanceConstructors.Any(c => !c.IsImplicitlyDeclared && !OptionsConstructor.IsCopy(c) && !IsPrimary(c))) return true;
        }

        return false;
    }

    private static bool IsPrimary(IMethodSymbol constructor) =>
        constructor.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is TypeDeclarationSyntax);

    /// <summary>The flaw of the default of the option's type, or null.</summary>
    public static (string Found, string Expected)? FlawOfTypeDefault(IPropertySymbol option, OptionShape shape)
    {
        if (shape.IsNullable) return null;
        return shape.Type.IsReferenceType ? Flaw(option, shape, (object?)null)
            : shape.Kind == ValueKind.Boolean ? null
            : Flaw(option, shape, 0);
    }

    /// <summary>The flaw of the default of a parameter, or null.</summary>
    public static (string Found, string Expected)? Flaw(IPropertySymbol option, OptionShape shape, IParameterSymbol parameter) =>
        parameter.ExplicitDefaultValue is { } value ? Flaw(option, shape, value) : FlawOfTypeDefault(option, shape);

    /// <summary>The flaw of a stated default, or null when it is good or no constant.</summary>
    public static (string Found, string Expected)? Flaw(IPropertySymbol option, OptionShape shape, IOperation value)
    {
        // A conversion to T? is no constant any more, while what it converts is.
        while (!value.ConstantValue.HasValue && value is IConversionOperation conversion) value = conversion.Operand;
        if (value.ConstantValue.HasValue) return Flaw(option, shape, value.ConstantValue.Value);
        if (shape.Kind == ValueKind.Duration) return Seconds(value) is { } seconds ? Flaw(option, shape, seconds) : null;
        return shape.Kind == ValueKind.List
            ? Items(value).Select(item => Flaw(option, shape.Item!, item)).FirstOrDefault(flaw => flaw is not null)
            : null;
    }

    /// <summary>
    /// The items that a list states; none where it is made in another way. Collection expressions have no operation of their own in older compilers.
    /// </summary>
    private static IEnumerable<IOperation> Items(IOperation value) => value switch
    {
        IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues,
        { Syntax: CollectionExpressionSyntax } => value.ChildOperations,
        _ => [],
    };

    /// <summary>The seconds of <c>TimeSpan.FromMinutes(5)</c> and its like, or null.</summary>
    private static double? Seconds(IOperation value)
    {
        if (value is IFieldReferenceOperation { Field.Name: "Zero" } zero && zero.Field.ContainingType.Is("System.TimeSpan")) return 0;
        if (value is not IInvocationOperation { Arguments: { Length: > 0 } arguments } call) return null;
        if (!call.TargetMethod.ContainingType.Is("System.TimeSpan")) return null;
        if (arguments.Skip(1).Any(a => Constant(a.Value) != 0) || Constant(arguments[0].Value) is not { } number) return null;
        return call.TargetMethod.Name switch
        {
            "FromDays" => number * 86400,
            "FromHours" => number * 3600,
            "FromMinutes" => number * 60,
            "FromSeconds" => number,
            "FromMilliseconds" => number / 1000,
            _ => null,
        };
    }

    private static double? Constant(IOperation value) =>
        value.ConstantValue is { HasValue: true, Value: int or long or float or double } constant ? Wide(constant.Value) : null;

    private static (string Found, string Expected)? Flaw(IPropertySymbol option, OptionShape shape, object? value)
    {
        if (value is null) return shape.IsNullable ? null : ("null", Expected(option, shape));
        if (shape.IsCollection) return null;
        return shape.Kind switch
        {
            ValueKind.Choice => IsMember(shape, value) ? null : (Text(value), Expected(option, shape)),
            ValueKind.Text or ValueKind.Path =>
                value is string text && !IsWhole(text) ? ("of a text with half of a surrogate pair", "a text of whole characters") : null,
            ValueKind.Duration => IsInRange(option, shape, Wide(value)) ? null : (Text(value) + "s", Expected(option, shape)),
            _ when shape.IsNumber => IsInRange(option, shape, Wide(value)) ? null : (Text(value), Expected(option, shape)),
            _ => null,
        };
    }

    /// <summary>A number of 32 bits counts as what it is written as.</summary>
    private static double Wide(object value) => value is float number && !float.IsNaN(number) && !float.IsInfinity(number)
        ? double.Parse(Text(number), CultureInfo.InvariantCulture)
        : Convert.ToDouble(value, CultureInfo.InvariantCulture);

    /// <summary>The number of a parameter's default; 0 for the default of its type, null where it is none.</summary>
    public static double? Number(IParameterSymbol parameter) => parameter.ExplicitDefaultValue switch
    {
        null => 0,
        int or long or float or double => Wide(parameter.ExplicitDefaultValue),
        _ => null,
    };

    /// <summary>The number, or the seconds, of a stated default; 0 where none is stated, null where it is none.</summary>
    public static double? Number(IOperation? value)
    {
        while (value is IConversionOperation conversion && !value.ConstantValue.HasValue) value = conversion.Operand;
        return value is null ? 0 : Constant(value) ?? Seconds(value);
    }

    /// <summary>The number in the option's range that is nearest to one outside of it, as C# writes it; null for an option of anything else.</summary>
    public static string? Nearest(IPropertySymbol option, OptionShape shape, double? number)
    {
        if (shape.IsCollection || number is not { } given || double.IsNaN(given)) return null;
        if (OptionsRules.Range(option) is not { } range || !OptionsRules.IsProper(range, shape)) return null;
        var nearest = given < range.Minimum ? range.Minimum : given > range.Maximum ? range.Maximum : given;
        if (double.IsInfinity(nearest)) return null;
        return shape.Kind switch
        {
            ValueKind.Int32 or ValueKind.Int64 => Text(given < range.Minimum ? (decimal)Math.Ceiling(nearest) : (decimal)Math.Floor(nearest)),
            ValueKind.Single => Text(nearest) + "f",
            ValueKind.Double => Text(nearest),
            ValueKind.Duration when option.DeclaringSyntaxReferences.All(r => r.GetSyntax() is PropertyDeclarationSyntax) =>
                $"System.TimeSpan.FromSeconds({Text(nearest)})",
            _ => null,
        };
    }

    private static bool IsInRange(IPropertySymbol option, OptionShape shape, double number)
    {
        if (double.IsNaN(number) || double.IsInfinity(number)) return false;
        // A range without a number is reported by itself.
        return OptionsRules.Range(option) is not { } range || !OptionsRules.IsProper(range, shape) || (number >= range.Minimum && number <= range.Maximum);
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
        var range = OptionsRules.Range(option) is { } given && OptionsRules.IsProper(given, shape) ? given : RangeModel.All;
        return shape.Kind switch
        {
            ValueKind.List => "a list",
            ValueKind.Map => "an object with a value for each key",
            ValueKind.Text => "a text",
            ValueKind.Path => "a path",
            ValueKind.Record => "an object with options",
            ValueKind.Plugin => "the name of a plugin",
            ValueKind.Choice => "one of " + string.Join(", ", OptionsRules.Members(shape).Select(m => CamelCase.Of(m.Name))),
            ValueKind.Single or ValueKind.Double => "a finite number" + range.Describe(),
            ValueKind.Duration => "a duration" + range.Describe("s"),
            _ => "a whole number" + range.Describe(),
        };
    }

    private static string Text(object value) => value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
