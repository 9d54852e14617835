using System.Globalization;

namespace Dml.Configuration;

/// <summary>Readers of single config values, to be combined: a list of numbers in a range is <c>List(Double(0, 1))</c>.</summary>
public static class ConfigValue
{
    /// <summary>true or false.</summary>
    public static bool Boolean(ConfigNode node, ConfigProblems problems, out bool value)
    {
        value = node.Kind == ConfigKind.Boolean && node.Text == "true";
        return node.Kind == ConfigKind.Boolean || Fail(node, problems, "true or false");
    }

    /// <summary>A text of whole characters: half of a surrogate pair could not be written down.</summary>
    public static bool String(ConfigNode node, ConfigProblems problems, out string value)
    {
        value = node.Text;
        if (node.Kind != ConfigKind.String) return Fail(node, problems, "a text");
        var whole = JsonText.WholeLength(value);
        if (whole == value.Length) return true;
        var found = $"half of a surrogate pair, U+{(int)value[whole]:X4}, at character {whole + 1}";
        problems.Add(node, $"expected a text of whole characters, found {found}; write the whole character");
        return false;
    }

    /// <summary>A finite number in a closed range.</summary>
    /// <param name="minimum">Least value.</param>
    /// <param name="maximum">Greatest value.</param>
    public static ValueReader<double> Double(double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity) =>
        (ConfigNode node, ConfigProblems problems, out double value) =>
        {
            value = 0;
            if (node.Kind != ConfigKind.Number
                || !double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) || !double.IsFinite(value))
            {
                return Fail(node, problems, "a number" + Range(minimum, maximum));
            }

            return (value >= minimum && value <= maximum) || Fail(node, problems, "a number" + Range(minimum, maximum));
        };

    /// <summary>A finite number of 32 bits in a closed range, which the number as it is written has to keep to.</summary>
    /// <param name="minimum">Least value.</param>
    /// <param name="maximum">Greatest value.</param>
    public static ValueReader<float> Single(double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity)
    {
        var wide = Double(minimum, maximum);
        return (ConfigNode node, ConfigProblems problems, out float value) =>
        {
            value = 0;
            if (!wide(node, problems, out _)) return false;

            // From the text, not from the double, so that it is rounded once; and what is kept has to be in the range as it will be written.
            value = float.Parse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
            if (!float.IsFinite(value)) return Fail(node, problems, "a number of 32 bits, at most 3.4E+38 in size");
            var written = double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            return (written >= minimum && written <= maximum) || Fail(node, problems, "a number of 32 bits" + Range(minimum, maximum));
        };
    }

    /// <summary>A length of time in a closed range: a text such as "90s" or "1.5h", see <see cref="DurationText"/>.</summary>
    /// <param name="minimum">Least value, in seconds.</param>
    /// <param name="maximum">Greatest value, in seconds.</param>
    public static ValueReader<TimeSpan> Duration(double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity) =>
        (ConfigNode node, ConfigProblems problems, out TimeSpan value) =>
        {
            value = default;
            return (node.Kind == ConfigKind.String && DurationText.TryParse(node.Text, out value)
                && value.TotalSeconds >= minimum && value.TotalSeconds <= maximum)
                || Fail(node, problems, DurationText.Expected(minimum, maximum));
        };

    /// <summary>A whole number of 64 bits in a closed range.</summary>
    /// <param name="minimum">Least value.</param>
    /// <param name="maximum">Greatest value.</param>
    public static ValueReader<long> Int64(double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity) =>
        (ConfigNode node, ConfigProblems problems, out long value) =>
        {
            value = 0;
            return (node.Kind == ConfigKind.Number && Whole(node.Text, out value) && value >= minimum && value <= maximum)
                || Fail(node, problems, "a whole number" + Range(minimum, maximum));
        };

    /// <summary>A whole number of 32 bits in a closed range.</summary>
    /// <param name="minimum">Least value.</param>
    /// <param name="maximum">Greatest value.</param>
    public static ValueReader<int> Int32(double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity)
    {
        var wide = Int64(Math.Max(minimum, int.MinValue), Math.Min(maximum, int.MaxValue));
        return (ConfigNode node, ConfigProblems problems, out int value) =>
        {
            var ok = wide(node, problems, out var number);
            value = ok ? (int)number : 0;
            return ok;
        };
    }

    /// <summary>One of several words, compared without regard to case.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="choices">Word and value, for all values.</param>
    public static ValueReader<T> Choice<T>(params (string Word, T Value)[] choices) where T : struct, Enum =>
        (ConfigNode node, ConfigProblems problems, out T value) =>
        {
            foreach (var choice in choices)
            {
                value = choice.Value;
                if (node.Kind == ConfigKind.String && string.Equals(choice.Word, node.Text, StringComparison.OrdinalIgnoreCase)) return true;
            }

            value = default;
            return Fail(node, problems, $"one of {string.Join(", ", choices.Select(c => c.Word))}");
        };

    /// <summary>null, or what the inner reader accepts.</summary>
    /// <typeparam name="T">The value type.</typeparam>
    /// <param name="read">The inner reader.</param>
    public static ValueReader<T?> OrNull<T>(ValueReader<T> read) where T : struct =>
        (ConfigNode node, ConfigProblems problems, out T? value) =>
        {
            value = null;
            if (node.Kind == ConfigKind.Null) return true;
            var ok = read(node, problems, out var inner);
            if (ok) value = inner;
            return ok;
        };

    /// <summary>null, or what the inner reader accepts.</summary>
    /// <typeparam name="T">The reference type.</typeparam>
    /// <param name="read">The inner reader.</param>
    public static ValueReader<T?> OrNullReference<T>(ValueReader<T> read) where T : class =>
        (ConfigNode node, ConfigProblems problems, out T? value) =>
        {
            value = null;
            if (node.Kind == ConfigKind.Null) return true;
            var ok = read(node, problems, out var inner);
            if (ok) value = inner;
            return ok;
        };

    /// <summary>A list; every item is read, so that all wrong items are reported.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="read">Reads one item.</param>
    public static ValueReader<IReadOnlyList<T>> List<T>(ValueReader<T> read) =>
        (ConfigNode node, ConfigProblems problems, out IReadOnlyList<T> value) =>
        {
            value = [];
            if (node.Kind != ConfigKind.Array) return Fail(node, problems, "a list");
            var items = new List<T>();
            var ok = true;
            foreach (var item in node.Items)
            {
                if (read(item, problems, out var one)) items.Add(one);
                else ok = false;
            }

            value = items;
            return ok;
        };

    /// <summary>An object whose keys are the user's; every value is read, so that all wrong values are reported.</summary>
    /// <typeparam name="T">The values' type.</typeparam>
    /// <param name="read">Reads one value.</param>
    public static ValueReader<IReadOnlyDictionary<string, T>> Map<T>(ValueReader<T> read) =>
        (ConfigNode node, ConfigProblems problems, out IReadOnlyDictionary<string, T> value) =>
        {
            var items = new Dictionary<string, T>(StringComparer.Ordinal);
            value = items;
            if (node.Kind != ConfigKind.Object) return Fail(node, problems, "an object with a value for each key");
            var before = problems.Items.Count;
            foreach (var (key, member) in node.Members)
            {
                if (!read(member, problems, out var one)) continue;
                if (JsonText.WholeLength(key) < key.Length) problems.Add(member, "expected a key of whole characters, found half of a surrogate pair in it");
                else if (!items.TryAdd(key, one)) problems.Add(member, "expected the key once, found it again; remove one of the two");
            }

            return problems.Items.Count == before;
        };

    /// <summary>What the inner reader accepts, as another type: an array of what is read as a list.</summary>
    /// <typeparam name="TRead">What is read.</typeparam>
    /// <typeparam name="T">The option's type.</typeparam>
    /// <param name="read">The inner reader.</param>
    /// <param name="convert">Makes the option's value; it cannot fail.</param>
    public static ValueReader<T> As<TRead, T>(ValueReader<TRead> read, Func<TRead, T> convert) =>
        (ConfigNode node, ConfigProblems problems, out T value) =>
        {
            var ok = read(node, problems, out var inner);
            value = ok ? convert(inner) : default!;
            return ok;
        };

    /// <summary>A nested options record, read by its generated binder.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="bind">The binder.</param>
    public static ValueReader<T> Record<T>(Func<ConfigNode, ConfigProblems, T?> bind) where T : class =>
        (ConfigNode node, ConfigProblems problems, out T value) =>
        {
            var bound = bind(node, problems);
            value = bound!;
            return bound is not null;
        };

    /// <summary>A plugin with its options, or its name alone; whether there is such a plugin and whether it has such options is the host's to say.</summary>
    /// <typeparam name="T">The contract.</typeparam>
    public static bool Plugin<T>(ConfigNode node, ConfigProblems problems, out PluginChoice<T> value) where T : class
    {
        var name = node.Kind == ConfigKind.Object ? node["name"] : node;
        if (name is { Kind: ConfigKind.String, Text.Length: > 0 })
        {
            value = new(name.Text, node == name ? ConfigNode.Object([], node.Path, node.Source) : node.Without("name"));
            return true;
        }

        value = null!;
        var kind = PluginChoice<T>.OfContract.ToString().ToLowerInvariant();
        if (node.Kind != ConfigKind.Object) return Fail(node, problems, $"one {kind} plugin as {{ \"name\": \"...\", options }} or its name alone");
        problems.Add(name?.Source ?? node.Source, node.PathOf("name"), $"expected the name of one {kind} plugin, found {name?.Describe() ?? "nothing"}");
        return false;
    }

    /// <summary>Digits, or a form such as 1e6 that is whole all the same.</summary>
    private static bool Whole(string text, out long value)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)) return true;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || number != Math.Floor(number) || Math.Abs(number) > 1L << 53)
        {
            return false;
        }

        value = (long)number;
        return true;
    }

    private static bool Fail(ConfigNode node, ConfigProblems problems, string expected)
    {
        problems.Add(node, $"expected {expected}, found {node.Describe()}");
        return false;
    }

    private static string Range(double minimum, double maximum) => (double.IsFinite(minimum), double.IsFinite(maximum)) switch
    {
        (true, true) => string.Create(CultureInfo.InvariantCulture, $" from {minimum} to {maximum}"),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $" of at least {minimum}"),
        (false, true) => string.Create(CultureInfo.InvariantCulture, $" of at most {maximum}"),
        _ => "",
    };
}
