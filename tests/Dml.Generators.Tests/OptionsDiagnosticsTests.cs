namespace Dml.Generators.Tests;

public class OptionsDiagnosticsTests
{
    [Theory]
    [InlineData("DateTime")]
    [InlineData("decimal")]
    [InlineData("uint")]
    [InlineData("int[,]")]
    [InlineData("IEnumerable<int>")]
    [InlineData("HashSet<int>")]
    [InlineData("IReadOnlyDictionary<int, int>")]
    [InlineData("IReadOnlyList<DateTime>")]
    [InlineData("object")]
    [InlineData("Nothing")]
    [InlineData("PluginChoice<IProxyLoss>")]
    [InlineData("PluginChoice<string>")]
    [InlineData("PluginChoice<ILearningRateSchedule>")]
    [InlineData("PluginChoice<IBatchSampler>")]
    public Task DML007_a_type_that_configs_cannot_hold(string type) => Expect.Diagnostics(
        "public enum Nothing;\n" + Record($"/// <summary>S.</summary>\npublic {type} Value {{ get; init; }} = default!;"),
        $"DML007 Value: Option 'Value' has type '{FullName(type)}', which configs cannot hold; use {Supported}");

    [Fact]
    public Task DML007_a_record_that_contains_itself() => Expect.Diagnostics(
        Record("/// <summary>S.</summary>\npublic Inner? Inner { get; init; }")
            + "\npublic sealed record Inner\n{\n/// <summary>S.</summary>\npublic IReadOnlyDictionary<string, Sample[]> Samples { get; init; } = null!;\n}",
        "DML007 Inner: Option 'Inner' has type 'Inner?', which configs cannot hold; since the record contains itself",
        "DML007 Samples: Option 'Samples' has type 'System.Collections.Generic.IReadOnlyDictionary<string, Sample[]>', which configs cannot hold; "
            + "since the record contains itself");

    [Fact]
    public Task DML008_an_option_that_can_be_set_later() => Expect.Diagnostics(
        Record("/// <summary>S.</summary>\npublic int Value { get; set; }"),
        "DML008 Value: Option 'Value' has a set accessor; write init instead");

    [Fact]
    public Task DML009_an_option_without_a_summary() => Expect.Diagnostics(
        Record("public int Value { get; init; }\n/// <summary> </summary>\npublic int Other { get; init; }"),
        "DML009 Value: Option 'Value' has no XML summary, which is what users read about it",
        "DML009 Other: Option 'Other' has no XML summary, which is what users read about it");

    [Theory]
    [InlineData("public record Sample", "is not sealed")]
    [InlineData("public abstract record Sample", "is abstract")]
    [InlineData("public sealed record Sample<T>", "is generic")]
    [InlineData("public sealed class Sample", "is not a record class")]
    public Task DML010_options_of_another_form(string declaration, string flaw) => Expect.Diagnostics(
        $"[Options] {declaration};",
        $"DML010 Sample: Options type 'Sample' {flaw}; make it a public sealed record with init properties");

    /// <summary>Its own assembly binds it.</summary>
    [Fact]
    public Task DML010_a_marked_record_may_be_internal() => Expect.Diagnostics("[Options] sealed record Sample;");

    [Fact]
    public Task DML010_a_record_that_is_not_public_within_a_marked_one() => Expect.Diagnostics(
        """
        sealed record Inner;

        [Options]
        sealed record Sample
        {
            /// <summary>A record.</summary>
            public Inner Inner { get; init; } = new();
        }
        """,
        "DML010 Inner: Options type 'Inner' is not public; make it a public sealed record with init properties");

    [Fact]
    public Task DML010_options_without_defaults() => Expect.Diagnostics(
        "[Options] public sealed record Sample { public Sample(int size) => Size = size; public int Size { get; } }",
        "DML010 Sample: Options type 'Sample' has neither a public constructor without parameters, from which the defaults could come, "
            + "nor one whose parameters are options by name and type; make it a public sealed record with init properties");

    [Fact]
    public Task DML010_options_that_are_nested_in_a_class() => Expect.Diagnostics(
        "public static class Outer { [Options] public sealed record Sample; }",
        "DML010 Sample: Options type 'Sample' is nested in another type; make it a public sealed record with init properties");

    [Fact]
    public Task DML010_options_of_a_plugin_and_records_nested_in_them() => Expect.Diagnostics(
        $$"""
        public sealed record Good
        {
            /// <summary>S.</summary>
            public Inner? Inner { get; init; }
        }
        public record Inner;
        public sealed class Bad;
        [Plugin("one")] public sealed class One(Good options) : IMetricLoss { public Good Options => options; {{Sources.LossBody}} }
        [Plugin("two")] public sealed class Two(Bad options) : IMetricLoss { public Bad Options => options; {{Sources.LossBody}} }
        """,
        "DML010 Inner: Options type 'Inner' is not sealed; make it a public sealed record with init properties",
        "DML010 Bad: Options type 'Bad' is not a record class; make it a public sealed record with init properties");

    [Fact]
    public Task DML011_an_option_of_a_plugin_that_is_called_name() => Expect.Diagnostics(
        $$"""
        public sealed record Sample
        {
            /// <summary>S.</summary>
            public string Name { get; init; } = "";
        }
        [Plugin("one")] public sealed class One(Sample options) : IMetricLoss { public Sample Options => options; {{Sources.LossBody}} }
        [Plugin("two")] public sealed class Two(Sample options) : IMetricLoss { public Sample Options => options; {{Sources.LossBody}} }
        """,
        "DML011 Name: Option 'Name' would have the key 'name', under which a config section names the plugin");

    [Fact]
    public Task An_option_that_is_called_name_is_good_where_no_plugin_is_named() =>
        Expect.Diagnostics(Record("/// <summary>S.</summary>\npublic string Name { get; init; } = \"\";"));

    [Fact]
    public Task DML012_two_options_with_one_key() => Expect.Diagnostics(
        Record("/// <summary>S.</summary>\npublic int KNN { get; init; }\n/// <summary>S.</summary>\npublic int Knn { get; init; }"),
        "DML012 Knn: Option 'Knn' has the key 'knn', which option 'KNN' has too");

    [Theory]
    [InlineData("string?")]
    [InlineData("bool")]
    [InlineData("IReadOnlyList<string>?")]
    [InlineData("DayOfWeek")]
    public Task DML013_a_range_of_something_else_than_numbers(string type) => Expect.Diagnostics(
        Record($"/// <summary>S.</summary>\n[Range(0, 1)] public {type} Value {{ get; init; }}"),
        "DML013 Value: Option 'Value' has a range but is neither of numbers nor a TimeSpan");

    [Theory]
    [InlineData("IReadOnlyList<double>?", "1, 0", "1", "0")]
    [InlineData("double?", "double.NaN, 0", "NaN", "0")]
    [InlineData("float[]?", "double.PositiveInfinity, double.PositiveInfinity", "Infinity", "Infinity")]
    [InlineData("float?", "1e39, 1e40", "1E+39", "1E+40")]
    [InlineData("TimeSpan?", "1e12, 1e13", "1000000000000", "10000000000000")]
    [InlineData("int?", "0.2, 0.8", "0.2", "0.8", "whole number")]
    [InlineData("int?", "3e9, 4e9", "3000000000", "4000000000", "whole number")]
    [InlineData("IReadOnlyDictionary<string, long[]>?", "1.5, 1.6", "1.5", "1.6", "whole number")]
    public Task DML014_a_range_that_holds_no_number(string type, string range, string minimum, string maximum, string number = "number") => Expect.Diagnostics(
        Record($"/// <summary>S.</summary>\n[Range({range})] public {type} Value {{ get; init; }}"),
        $"DML014 Value: The range from {minimum} to {maximum} of option 'Value' holds no {number} that its type can hold");

    [Theory]
    [InlineData("Channels")]
    [InlineData("Channels?")]
    [InlineData("IReadOnlyList<Channels>?")]
    public Task DML015_words_that_differ_in_case_alone(string type) => Expect.Diagnostics(
        "public enum Channels { RGB, Bgr, Rgb }\n" + Record($"/// <summary>S.</summary>\npublic {type} Value {{ get; init; }}"),
        "DML015 Value: Option 'Value' has a choice between 'RGB' and 'Rgb', which configs do not tell apart");

    [Theory]
    [InlineData("Views")]
    [InlineData("Views?")]
    [InlineData("IReadOnlyList<Views>?")]
    public Task DML016_flags(string type) => Expect.Diagnostics(
        "[Flags] public enum Views { None, Crop }\n" + Record($"/// <summary>S.</summary>\npublic {type} Value {{ get; init; }}"),
        "DML016 Value: Option 'Value' has the [Flags] enum 'Views', but a config gives one word; write a list of an enum without [Flags], or one bool each");

    [Fact]
    public Task Members_of_one_value_are_good() => Expect.Diagnostics(
        "public enum Pooling { Max, Average, Mean = Average }\n"
            + Record("/// <summary>S.</summary>\npublic IReadOnlyList<Pooling> Value { get; init; } = [Pooling.Mean];"));

    [Theory]
    [InlineData("double Value { get; init; } = double.NaN;", "NaN", "a finite number")]
    [InlineData("double? Value { get; init; } = double.PositiveInfinity;", "Infinity", "a finite number")]
    [InlineData("[Range(0.001, 1000)] double Value { get; init; }", "0", "a finite number from 0.001 to 1000")]
    [InlineData("[Range(1, double.PositiveInfinity)] int Value { get; init; } = -3;", "-3", "a whole number of at least 1")]
    [InlineData("[Range(double.NegativeInfinity, 1)] long? Value { get; init; } = 2;", "2", "a whole number of at most 1")]
    [InlineData("Later Value { get; init; }", "0", "one of second, third")]
    [InlineData("Later? Value { get; init; } = (Later)7;", "7", "one of second, third")]
    [InlineData("DayOfWeek Value { get; init; } = (DayOfWeek)(-1);", "-1", "one of sunday, monday, tuesday, wednesday, thursday, friday, saturday")]
    [InlineData("string Value { get; init; } = null!;", "null", "a text")]
    [InlineData("string Value { get; init; } = \"a\\ud800\";", "of a text with half of a surrogate pair", "a text of whole characters")]
    [InlineData("IReadOnlyList<int> Value { get; init; } = null!;", "null", "a list")]
    [InlineData("Sample Value { get; init; } = default!;", "null", "an object with options", "Options")]
    [InlineData("[Range(0, 1)] float Value { get; init; } = 1.5f;", "1.5", "a finite number from 0 to 1")]
    [InlineData("float Value { get; init; } = float.NaN;", "NaN", "a finite number")]
    [InlineData("[Range(1, 60)] TimeSpan Value { get; init; }", "0s", "a duration from 1s to 60s")]
    [InlineData("[Range(1, 60)] TimeSpan? Value { get; init; } = TimeSpan.FromMinutes(5);", "300s", "a duration from 1s to 60s")]
    [InlineData("[Range(1, 60)] TimeSpan Value { get; init; } = TimeSpan.Zero;", "0s", "a duration from 1s to 60s")]
    [InlineData("[Range(1, 4)] IReadOnlyList<int> Value { get; init; } = [2, 5];", "5", "a whole number from 1 to 4")]
    [InlineData("[Range(1, 4)] int[] Value { get; init; } = new[] { 0, 1 };", "0", "a whole number from 1 to 4")]
    [InlineData("[Range(1, 4)] double[] Value { get; init; } = { 0, 1 };", "0", "a finite number from 1 to 4")]
    [InlineData("IReadOnlyList<Later?> Value { get; init; } = [null, (Later)4];", "4", "one of second, third")]
    [InlineData("IReadOnlyList<string> Value { get; init; } = [null!];", "null", "a text")]
    [InlineData("Dictionary<string, int> Value { get; init; } = null!;", "null", "an object with a value for each key")]
    public Task DML017_a_default_that_no_config_can_give(string option, string found, string expected, string record = "Sample")
    {
        var (range, declaration) = option.StartsWith('[') ? (option[..(option.IndexOf(']') + 1)], option[(option.IndexOf(']') + 2)..]) : ("", option);
        return Expect.Diagnostics(
            "public enum Later { Second = 2, Third }\n" + Record($"/// <summary>S.</summary>\n{range} public {declaration}", record)
                + (record == "Sample" ? "" : "\npublic sealed record Sample;"),
            $"DML017 Value: Option 'Value' has the default {found}, but a config gives {expected}; choose another default, or write required");
    }

    [Theory]
    [InlineData("public double Value { get; init; } = -0.0;")]
    [InlineData("[Range(0, 1)] public double Value { get; init; } = 1;")]
    [InlineData("[Range(1, 2)] public double? Value { get; init; }")]
    [InlineData("[Range(1, 2)] public required int Value { get; init; }")]
    [InlineData("[Range(1, 2)] public int Value { get; init; } = int.Parse(\"1\");")]
    [InlineData("[Range(1, 2)] public int Value { get => _value; init => _value = value; } private readonly int _value = 1;")]
    [InlineData("[Range(1, 2)] public int Value { get; init; } public Sample() => Value = 1;")]
    [InlineData("public DayOfWeek Value { get; init; }")]
    [InlineData("[Range(0, 0.1)] public float Value { get; init; } = 0.1f;")]
    [InlineData("[Range(1, 60)] public TimeSpan Value { get; init; } = TimeSpan.FromSeconds(60);")]
    [InlineData("[Range(1, 60)] public TimeSpan Value { get; init; } = new(0, 0, 5);")]
    [InlineData("[Range(1, 2)] public IReadOnlyList<int> Value { get; init; } = [1, 2, int.Parse(\"1\")];")]
    [InlineData("[Range(1, 2)] public List<int?> Value { get; init; } = [1, null];")]
    [InlineData("public string? Value { get; init; }")]
    [InlineData("public string Value { get; init; } = \"\\ud83d\\ude00\";")]
    public Task Defaults_that_a_config_can_give_are_good(string option) => Expect.Diagnostics(Record("/// <summary>S.</summary>\n" + option));

    [Theory]
    [InlineData("[Range(0, 1)] double Value = 2", "2", "a finite number from 0 to 1")]
    [InlineData("[property: Range(1, 4)] int? Value = 5", "5", "a whole number from 1 to 4")]
    [InlineData("[Range(1, 4)] TimeSpan Value = default", "0s", "a duration from 1s to 4s")]
    [InlineData("string Value = null!", "null", "a text")]
    [InlineData("System.DayOfWeek Value = (System.DayOfWeek)9", "9", "one of sunday, monday, tuesday, wednesday, thursday, friday, saturday")]
    public Task DML017_a_default_of_a_parameter(string parameter, string found, string expected) => Expect.Diagnostics(
        $"/// <summary>S.</summary>\n/// <param name=\"Value\">S.</param>\n[Options] public sealed record Sample({parameter});",
        $"DML017 Value: Option 'Value' has the default {found}, but a config gives {expected}; choose another default, or write required");

    [Theory]
    [InlineData("[Range(1, 4)] int Value")]
    [InlineData("[Range(1, 4)] int Value = 4")]
    [InlineData("string? Value = null")]
    public Task Parameters_that_a_config_can_give_are_good(string parameter) => Expect.Diagnostics(
        $"/// <summary>S.</summary>\n/// <param name=\"Value\">S.</param>\n[Options] public sealed record Sample({parameter});");

    [Fact]
    public Task A_parameter_that_a_derived_record_gives_has_no_default_of_its_own() => Expect.Diagnostics(
        """
        /// <summary>S.</summary>
        /// <param name="Value">S.</param>
        public abstract record Common([Range(1, 4)] int Value = 9);

        /// <summary>S.</summary>
        [Options] public sealed record Sample() : Common(3);
        """);

    [Fact]
    public Task DML009_a_parameter_without_a_comment() => Expect.Diagnostics(
        "[Options] public sealed record Sample(int Value);", "DML009 Value: Option 'Value' has no XML summary, which is what users read about it");

    [Fact]
    public Task DML018_a_rule_of_a_parameter_that_nothing_reads() => Expect.Diagnostics(
        "/// <summary>S.</summary>\n/// <param name=\"Value\">S.</param>\n"
            + "[Options] public sealed record Sample([System.ComponentModel.DataAnnotations.Range(0, 1)] int Value);",
        "DML018 Value: Option 'Value' has the attribute 'System.ComponentModel.DataAnnotations.RangeAttribute', which nothing reads; "
            + "write [Dml.Range(minimum, maximum)]");

    [Fact]
    public Task Records_that_are_no_options_have_any_default() =>
        Expect.Diagnostics("public sealed record Sample\n{\npublic double Value { get; init; } = double.NaN;\n}");

    [Theory]
    [InlineData(
        "System.ComponentModel.DataAnnotations.Range(0.0, 2.0)", "System.ComponentModel.DataAnnotations.RangeAttribute", "write [Dml.Range(minimum, maximum)]")]
    [InlineData(
        "System.ComponentModel.DataAnnotations.MaxLength(3)", "System.ComponentModel.DataAnnotations.MaxLengthAttribute",
        "check the option in the plugin's constructor")]
    [InlineData("Mine.Range", "Mine.RangeAttribute", "write [Dml.Range(minimum, maximum)]")]
    public Task DML018_a_rule_that_nothing_reads(string attribute, string name, string remedy) => Expect.Diagnostics(
        "namespace Mine { public sealed class RangeAttribute : Attribute; }\n"
            + Record($"/// <summary>S.</summary>\n[{attribute}] public double Value {{ get; init; }}"),
        $"DML018 Value: Option 'Value' has the attribute '{name}', which nothing reads; {remedy}");

    [Fact]
    public Task DML019_what_looks_like_an_option_and_cannot_be_set() => Expect.Diagnostics(
        Record(
            """
            public int Value { get; } = 3;
            public double Scale = 2;
            public required string Text;
            """),
        "DML019 Value: 'Value' of the options 'Sample' is a property without an accessor for it, which no config can set; "
            + "write { get; init; }, or => where it is computed",
        "DML019 Scale: 'Scale' of the options 'Sample' is a field, which no config can set; make it a property with { get; init; }",
        "DML019 Text: 'Text' of the options 'Sample' is a field, which no config can set; make it a property with { get; init; }");

    [Fact]
    public Task What_is_computed_or_shared_is_good() => Expect.Diagnostics(
        Record(
            """
            public int Value => 3;
            public int Other { get { return 3; } }
            public const int Most = 4;
            public static readonly int[] Sizes = [];
            public static int Count { get; } = 3;
            private readonly int _own = 3;
            internal int Own { get; } = 3;
            public int Sum() => _own;
            """));

    [Theory]
    [InlineData("int Value { get; init; }")]
    [InlineData("IReadOnlyList<double> Value { get; init; } = [];")]
    public Task DML020_a_path_of_no_text(string option) => Expect.Diagnostics(
        Record($"/// <summary>S.</summary>\n[OptionPath] public {option}"),
        "DML020 Value: Option 'Value' has [OptionPath] but is of no texts; take the attribute away, or write string");

    [Theory]
    [InlineData("string Value { get; init; } = \"a\";")]
    [InlineData("string? Value { get; init; }")]
    [InlineData("IReadOnlyDictionary<string, string[]>? Value { get; init; }")]
    public Task Paths_of_texts_are_good(string option) => Expect.Diagnostics(Record($"/// <summary>S.</summary>\n[OptionPath] public {option}"));

    [Fact]
    public Task Attributes_that_are_no_rules_are_good() => Expect.Diagnostics(
        Record("/// <summary>S.</summary>\n[System.ComponentModel.DataAnnotations.Display(Name = \"V\"), Range(0, 1)] public double Value { get; init; }"));

    [Fact]
    public Task Options_of_a_base_record_count_as_own() => Expect.Diagnostics(
        "public abstract record Common { public DateTime Value { get; init; } }\n[Options] public sealed record Sample : Common;",
        $"DML007 Value: Option 'Value' has type 'System.DateTime', which configs cannot hold; use {Supported}",
        "DML009 Value: Option 'Value' has no XML summary, which is what users read about it");

    [Fact]
    public Task What_configs_cannot_set_is_no_option() => Expect.Diagnostics(
        Record("public DateTime Computed => default; public static DateTime Shared { get; set; } internal DateTime Own { get; "
            + "init; } public DateTime Inside { get; private set; }"));

    private static string Record(string properties, string name = "Sample") => $"[Options] public sealed record {name}\n{{\n{properties}\n}}";

    private const string Supported = "bool, int, long, float, double, TimeSpan, string, an enum, a record of options, PluginChoice<T> of a contract, "
        + "or an array, IReadOnlyList<T>, List<T>, IReadOnlyDictionary<string, T> or Dictionary<string, T> of one of these";

    private static string FullName(string type) => type
        .Replace("PluginChoice<", "Dml.PluginChoice<").Replace("IProxyLoss", "Dml.IProxyLoss")
        .Replace("ILearning", "Dml.ILearning").Replace("IBatch", "Dml.IBatch")
        .Replace("DateTime", "System.DateTime").Replace("[,]", "[*,*]")
        .Replace("IReadOnly", "System.Collections.Generic.IReadOnly")
        .Replace("IEnumerable", "System.Collections.Generic.IEnumerable").Replace("HashSet", "System.Collections.Generic.HashSet");
}
