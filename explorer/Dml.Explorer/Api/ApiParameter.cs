using System.Globalization;
using System.Text.Json.Nodes;

namespace Dml.Explorer.Api;

/// <summary>What a parameter holds.</summary>
internal enum ApiParameterKind
{
    Text,
    Integer,
    Number,
}

/// <summary>A parameter of a route, in its path or its query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Says">What it means, one sentence.</param>
internal sealed record ApiParameter(string Name, ApiParameterKind Kind, string Says)
{
    /// <summary>Whether it stands in the path, where it is never left out.</summary>
    public bool InPath { get; init; }

    /// <summary>What holds where it is left out; null for nothing.</summary>
    public string? Default { get; init; }

    /// <summary>Smallest value of a number.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Largest value of a number.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>The values that a text may have; empty for any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>A whole number in the path.</summary>
    public static ApiParameter Path(string name, string says) =>
        new(name, ApiParameterKind.Integer, says) { InPath = true, Minimum = 0, Maximum = int.MaxValue };

    /// <summary>A whole number in the query.</summary>
    public static ApiParameter Integer(string name, string says, int? otherwise = null, int minimum = 0, int maximum = int.MaxValue) =>
        new(name, ApiParameterKind.Integer, says) { Default = otherwise?.ToString(CultureInfo.InvariantCulture), Minimum = minimum, Maximum = maximum };

    /// <summary>A number in the query.</summary>
    public static ApiParameter Number(
        string name, string says, double? otherwise = null, double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity) =>
        new(name, ApiParameterKind.Number, says) { Default = otherwise?.ToString(CultureInfo.InvariantCulture), Minimum = minimum, Maximum = maximum };

    /// <summary>A text in the query.</summary>
    public static ApiParameter Text(string name, string says, string? otherwise = null, params IReadOnlyList<string> values) =>
        new(name, ApiParameterKind.Text, says) { Default = otherwise, Values = values };

    /// <summary>Its value as a number.</summary>
    /// <param name="text">What the request has.</param>
    /// <exception cref="ApiException">It is none, or out of range.</exception>
    public double Parse(string text)
    {
        var style = Kind == ApiParameterKind.Integer ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out var value) && value >= Minimum && value <= Maximum) return value;
        throw new ApiException(400, string.Create(CultureInfo.InvariantCulture,
            $"{Name}: expected {(Kind == ApiParameterKind.Integer ? "a whole number" : "a number")}{Range()}, found \"{text}\"."));
    }

    /// <summary>Its description in OpenAPI.</summary>
    public JsonObject Describe()
    {
        var schema = new JsonObject { ["type"] = Kind switch { ApiParameterKind.Text => "string", ApiParameterKind.Integer => "integer", _ => "number" } };
        if (double.IsFinite(Minimum)) schema["minimum"] = Minimum;
        if (double.IsFinite(Maximum) && Maximum < int.MaxValue) schema["maximum"] = Maximum;
        if (Values.Count > 0) schema["enum"] = new JsonArray([.. Values.Select(v => (JsonNode)v)]);
        if (Default is { } otherwise) schema["default"] = Kind == ApiParameterKind.Text ? otherwise : double.Parse(otherwise, CultureInfo.InvariantCulture);
        return new()
        {
            ["name"] = Name,
            ["in"] = InPath ? "path" : "query",
            ["required"] = InPath,
            ["description"] = Says,
            ["schema"] = schema,
        };
    }

    private string Range() => (double.IsFinite(Minimum), double.IsFinite(Maximum) && Maximum < int.MaxValue) switch
    {
        (true, true) => string.Create(CultureInfo.InvariantCulture, $" from {Minimum} to {Maximum}"),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $" of at least {Minimum}"),
        (false, true) => string.Create(CultureInfo.InvariantCulture, $" of at most {Maximum}"),
        _ => "",
    };
}
