using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Dml.Configuration;
using Dml.Tests;

namespace Dml.Generators.Tests;

/// <summary>A run is read back from what it wrote: <c>Bind(ToJson(x)) = x</c>, or it is refused; never another value.</summary>
public class RoundTripTests
{
    private const string Binder = "Samples.EveryTypeOptionsBinder";

    private static readonly Lazy<GeneratedAssembly> Assembly = new(() =>
        TestCompiler.Generate(TestCompiler.Compile(Sources.EveryType, Sources.EveryTypeLoss)).Load());

    [Fact]
    public void Whatever_options_hold_is_read_back_from_what_is_written()
    {
        var random = new Random(1);
        var type = Assembly.Value.TypeOf("Samples.EveryTypeOptions");
        for (var trial = 0; trial < 2000; trial++)
        {
            var options = Draw(type, random, ConfigRange.All)!;
            var json = Assembly.Value.ToJson(Binder, options);
            var problems = new ConfigProblems();
            var read = Assembly.Value.Bind(Binder, JsonNodes.Parse(json), problems);
            Assert.True(problems.Items.Count == 0, $"{json}\n{string.Join("\n", problems.Items)}");
            Assert.Equal(EdgeValues.Describe(options), EdgeValues.Describe(read));
            Assert.Equal(json, Assembly.Value.ToJson(Binder, read));
        }
    }

    [Theory]
    [InlineData("Scale", double.NaN, "scale: expected a number of at least 1E-06, found the text \"NaN\"")]
    [InlineData("Limit", double.NaN, "limit: expected a number from 0 to 1, found the text \"NaN\"")]
    [InlineData("Limit", double.PositiveInfinity, "limit: expected a number from 0 to 1, found the text \"Infinity\"")]
    [InlineData("Limit", 1.5, "limit: expected a number from 0 to 1, found the number 1.5")]
    [InlineData("Count", 0, "count: expected a whole number from 1 to 10, found the number 0")]
    [InlineData("Metric", 77, "metric: expected one of cosine, squaredEuclidean, l2, default, found the text \"77\"")]
    [InlineData("Other", 77, "other: expected one of cosine, squaredEuclidean, l2, default, found the text \"77\"")]
    [InlineData("Label", null, "label: expected a text, found null")]
    [InlineData("First", null, "first: expected an object with options, found null")]
    [InlineData("Sizes", null, "sizes: expected a list, found null")]
    public void What_cannot_be_read_back_is_refused(string property, object? value, string expected)
    {
        var type = Assembly.Value.TypeOf("Samples.EveryTypeOptions");
        var options = Draw(type, new Random(2), ConfigRange.All)!;
        var target = type.GetProperty(property)!;
        var declared = Nullable.GetUnderlyingType(target.PropertyType) ?? target.PropertyType;
        target.SetValue(options, value is not null && declared.IsEnum ? Enum.ToObject(declared, value) : value);
        var problems = new ConfigProblems();
        Assert.Null(Assembly.Value.Bind(Binder, JsonNodes.Parse(Assembly.Value.ToJson(Binder, options)), problems));
        Assert.Equal(expected, $"{problems.Items[0].Path}: {problems.Items[0].Message}");
    }

    [Theory]
    [InlineData('a', '\0', "\"a\\ud800\"", "U+D800, at character 2")]
    [InlineData('\0', 'b', "\"\\ud800b\"", "U+D800, at character 1")]
    public void Half_of_a_surrogate_pair_is_neither_lost_nor_read(char before, char after, string json, string place)
    {
        // An attribute cannot hold the half itself.
        var text = $"{before}\ud800{after}".Trim('\0');
        Assert.Equal(json, JsonText.Of(text));
        Assert.Throws<InvalidOperationException>(() => JsonNodes.Parse(json));
        var problems = new ConfigProblems();
        Assert.False(ConfigValue.String(ConfigNode.Scalar(ConfigKind.String, text, "label", new("test.json", 1)), problems, out _));
        Assert.Equal(
            $"expected a text of whole characters, found half of a surrogate pair, {place}; write the whole character", Assert.Single(problems.Items).Message);
    }

    [Fact]
    public void Where_nullable_annotations_are_off_a_default_of_null_is_read_back()
    {
        var generated = TestCompiler.Generate(TestCompiler.Compile(
            """
            #nullable disable
            namespace Samples;
            [Options] public sealed record Plain
            {
                /// <summary>S.</summary>
                public string Text { get; init; }
                /// <summary>S.</summary>
                public IReadOnlyList<string> Names { get; init; }
                /// <summary>S.</summary>
                public IReadOnlyList<string> More { get; init; } = ["a"];
            }
            """)).Load();
        var problems = new ConfigProblems();
        var options = generated.Bind("Samples.PlainBinder", JsonNodes.Parse("{}"), problems);
        var json = generated.ToJson("Samples.PlainBinder", options);
        Assert.Equal("""{ "text": null, "names": null, "more": ["a"] }""", json);
        Assert.Equal(json, generated.ToJson("Samples.PlainBinder", generated.Bind("Samples.PlainBinder", JsonNodes.Parse(json), problems)));
        Assert.Empty(problems.Items);
    }

    [Fact]
    public void Whatever_is_in_lists_objects_and_parameters_is_read_back()
    {
        var generated = TestCompiler.Generate(TestCompiler.Compile(Sources.Collections)).Load();
        var (random, type) = (new Random(3), generated.TypeOf("Samples.Collections"));
        for (var trial = 0; trial < 2000; trial++)
        {
            var options = Draw(type, random, ConfigRange.All)!;
            var json = generated.ToJson("Samples.CollectionsBinder", options);
            var problems = new ConfigProblems();
            var read = generated.Bind("Samples.CollectionsBinder", JsonNodes.Parse(json), problems);
            Assert.True(problems.Items.Count == 0, $"{json}\n{string.Join("\n", problems.Items)}");
            Assert.Equal(EdgeValues.Describe(options), EdgeValues.Describe(read));
            Assert.Equal(json, generated.ToJson("Samples.CollectionsBinder", read));
        }
    }

    private readonly record struct ConfigRange(double Minimum, double Maximum)
    {
        public static ConfigRange All { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

        public bool Holds(double value) => value >= Minimum && value <= Maximum;
    }

    /// <summary>A value of the type: edge values, each as likely as the others, within the option's range.</summary>
    private static object? Draw(Type type, Random random, ConfigRange range)
    {
        if (type == typeof(bool)) return random.Next(2) == 0;
        if (type == typeof(int)) return EdgeValues.Pick<int>([.. EdgeValues.Ints.Append(1).Where(v => range.Holds(v))], random);
        if (type == typeof(long)) return EdgeValues.Pick<long>([.. EdgeValues.Longs.Where(v => range.Holds(v))], random);
        if (type == typeof(double)) return EdgeValues.Pick<double>([.. EdgeValues.Doubles.Where(range.Holds)], random);
        if (type == typeof(float)) return EdgeValues.Pick<float>([.. Floats.Where(v => range.Holds(v))], random);
        if (type == typeof(TimeSpan)) return EdgeValues.Pick<TimeSpan>([.. Durations.Where(v => range.Holds(v.TotalSeconds))], random);
        if (type == typeof(string)) return EdgeValues.Pick(EdgeValues.Texts, random);
        if (type.IsEnum) return EdgeValues.Pick<object>([.. Enum.GetValues(type).Cast<object>()], random);
        if (Nullable.GetUnderlyingType(type) is { } inner) return random.Next(3) == 0 ? null : Draw(inner, random, range);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(PluginChoice<>)) return DrawChoice(type, random);
        if (type.IsArray) return DrawList(type.GetElementType()!, random, range);
        if (type.IsGenericType && type.GetGenericArguments() is [_, var value]) return DrawMap(value, random, range);
        if (type.IsGenericType) return Convert(type, DrawList(type.GetGenericArguments()[0], random, range));
        var record = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var property in EdgeValues.Options(type))
        {
            var nullable = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable && !property.PropertyType.IsValueType;
            var limit = property.GetCustomAttribute<RangeAttribute>() ?? ParameterOf(property)?.GetCustomAttribute<RangeAttribute>();
            var limits = limit is { } given ? new ConfigRange(given.Minimum, given.Maximum) : ConfigRange.All;
            property.SetValue(record, nullable && random.Next(3) == 0 ? null : Draw(property.PropertyType, random, limits));
        }

        return record;
    }

    private static ParameterInfo? ParameterOf(PropertyInfo property) => property.DeclaringType!
        .GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .SelectMany(c => c.GetParameters()).FirstOrDefault(p => p.Name == property.Name);

    private static object DrawChoice(Type type, Random random) => Activator.CreateInstance(
        type, EdgeValues.Pick([.. EdgeValues.Texts.Where(text => text.Length > 0)], random),
        JsonText.Object(
            ("text", JsonText.Of(EdgeValues.Pick(EdgeValues.Texts, random))), ("number", JsonText.Of(EdgeValues.Pick(EdgeValues.Doubles, random)))))!;

    private static readonly float[] Floats = [0, -0.0f, 1, 0.1f, 1f / 3, 16777216, float.Epsilon, float.MaxValue, float.MinValue, 1e-7f];

    private static readonly TimeSpan[] Durations =
    [
        TimeSpan.Zero, TimeSpan.FromTicks(1), TimeSpan.FromTicks(-12345), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(90), TimeSpan.FromHours(1.5),
        TimeSpan.FromDays(2), TimeSpan.MaxValue, TimeSpan.MinValue,
    ];

    private static object Convert(Type type, Array items) => type.IsInterface ? items : Activator.CreateInstance(type, items)!;

    private static object DrawMap(Type value, Random random, ConfigRange range)
    {
        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
        for (var i = random.Next(4); i > 0; i--) map[EdgeValues.Pick(EdgeValues.Texts, random)] = Draw(value, random, range);
        return map;
    }

    private static Array DrawList(Type item, Random random, ConfigRange range)
    {
        var items = Array.CreateInstance(item, random.Next(4));
        for (var i = 0; i < items.Length; i++) items.SetValue(Draw(item, random, range), i);
        return items;
    }
}
