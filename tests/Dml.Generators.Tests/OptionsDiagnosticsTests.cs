namespace Dml.Generators.Tests;

public class OptionsDiagnosticsTests
{
    [Theory]
    [InlineData("DateTime")]
    [InlineData("float")]
    [InlineData("int[]")]
    [InlineData("List<int>")]
    [InlineData("IReadOnlyList<int?>")]
    [InlineData("IReadOnlyList<string?>")]
    [InlineData("IReadOnlyList<IReadOnlyList<int>>")]
    [InlineData("IReadOnlyDictionary<string, int>")]
    [InlineData("object")]
    public Task DML007_a_type_that_configs_cannot_hold(string type) => Expect.Diagnostics(
        Record($"/// <summary>S.</summary>\npublic {type} Value {{ get; init; }} = default!;"),
        $"DML007 Value: Option 'Value' has type '{FullName(type)}', which configs cannot hold");

    [Fact]
    public Task DML007_a_record_that_contains_itself() => Expect.Diagnostics(
        Record("/// <summary>S.</summary>\npublic Inner? Inner { get; init; }")
            + "\npublic sealed record Inner\n{\n/// <summary>S.</summary>\npublic IReadOnlyList<Sample> Samples { get; init; } = [];\n}",
        "DML007 Inner: Option 'Inner' has type 'Inner?', which configs cannot hold",
        "DML007 Samples: Option 'Samples' has type 'System.Collections.Generic.IReadOnlyList<Sample>', which configs cannot hold");

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
    [InlineData("sealed record Sample", "is not public")]
    [InlineData("public abstract record Sample", "is abstract")]
    [InlineData("public sealed record Sample<T>", "is generic")]
    [InlineData("public sealed class Sample", "is not a record class")]
    public Task DML010_options_of_another_form(string declaration, string flaw) => Expect.Diagnostics(
        $"[Options] {declaration};",
        $"DML010 Sample: Options type 'Sample' {flaw}; make it a public sealed record with init properties");

    [Fact]
    public Task DML010_options_without_defaults() => Expect.Diagnostics(
        "[Options] public sealed record Sample(int Value);",
        "DML010 Sample: Options type 'Sample' has no public constructor without parameters, from which the defaults could come; make it a public sealed record with init properties");

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
        "DML013 Value: Option 'Value' has a range but is neither a number nor a list of numbers");

    [Theory]
    [InlineData("1, 0", "1", "0")]
    [InlineData("double.NaN, 0", "NaN", "0")]
    [InlineData("double.PositiveInfinity, double.PositiveInfinity", "Infinity", "Infinity")]
    public Task DML014_a_range_that_holds_no_number(string range, string minimum, string maximum) => Expect.Diagnostics(
        Record($"/// <summary>S.</summary>\n[Range({range})] public IReadOnlyList<double>? Value {{ get; init; }}"),
        $"DML014 Value: The range from {minimum} to {maximum} of option 'Value' holds no number");

    [Fact]
    public Task Options_of_a_base_record_count_as_own() => Expect.Diagnostics(
        "public abstract record Common { public DateTime Value { get; init; } }\n[Options] public sealed record Sample : Common;",
        "DML007 Value: Option 'Value' has type 'System.DateTime', which configs cannot hold",
        "DML009 Value: Option 'Value' has no XML summary, which is what users read about it");

    [Fact]
    public Task What_configs_cannot_set_is_no_option() => Expect.Diagnostics(
        Record("public DateTime Computed => default; public static DateTime Shared { get; set; } internal DateTime Own { get; init; } public DateTime Inside { get; private set; }"));

    private static string Record(string properties) => $"[Options] public sealed record Sample\n{{\n{properties}\n}}";

    private static string FullName(string type) => type
        .Replace("DateTime", "System.DateTime")
        .Replace("IReadOnly", "System.Collections.Generic.IReadOnly")
        .Replace("List<int>", type.StartsWith("List", StringComparison.Ordinal) ? "System.Collections.Generic.List<int>" : "List<int>");
}
