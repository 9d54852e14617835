using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Dml.Tests;

/// <summary>Values at the edges of what an option can be, and a comparison of options that sees every bit.</summary>
internal static class EdgeValues
{
    public static readonly double[] Doubles =
        [0, -0.0, 1, -1, 0.1, 1.0 / 3, double.Epsilon, -double.Epsilon, 2.2250738585072011e-308, double.MaxValue, double.MinValue, 1e21, 1e-7];

    public static readonly long[] Longs = [0, 1, -1, long.MinValue, long.MaxValue, (1L << 53) + 1, -(1L << 53) - 1, int.MaxValue + 1L];

    public static readonly int[] Ints = [0, 1, -1, int.MinValue, int.MaxValue];

    public static readonly string[] Texts =
    [
        "", " ", "\"", "\\", "a\nb\r\n\t", "\0\u0001\u001f\u007f\u0085", "\u2028\u2029", "ü ß 漢 \ud83d\ude00", "\ufeff",
        "\ufffd\uffff", "</script>", "{ \"a\": 1 } // b", "null", "NaN", "\\ud800",
    ];

    public static T Pick<T>(IReadOnlyList<T> values, Random random) => values[random.Next(values.Count)];

    /// <summary>The properties of an options record that a config can set.</summary>
    public static IEnumerable<PropertyInfo> Options(Type record) => record.GetProperties().Where(p => p.CanWrite);

    /// <summary>Every bit of a value as text; of a plugin that is chosen its name, for its options are another record.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "null",
        double number => BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture),
        float number => BitConverter.SingleToInt32Bits(number).ToString("x8", CultureInfo.InvariantCulture),
        TimeSpan length => length.Ticks.ToString(CultureInfo.InvariantCulture),
        string text => $"'{text}'",
        _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(PluginChoice<>) =>
            Describe(type.GetProperty("Name")!.GetValue(value)),
        IDictionary map => $"{{{string.Join(", ", map.Keys.Cast<object>().Select(key => $"{Describe(key)}: {Describe(map[key])}"))}}}",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Describe))}]",
        _ when value.GetType() is { IsPrimitive: false, IsEnum: false } record =>
            $"{{{string.Join(", ", Options(record).Select(p => $"{p.Name}: {Describe(p.GetValue(value))}"))}}}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
