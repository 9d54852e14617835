namespace Dml.Configuration;

/// <summary>One option of a plugin, as <c>dml describe</c>, the JSON Schema and the docs show it.</summary>
/// <param name="Key">The key in configs.</param>
/// <param name="Type">
/// boolean, integer, number, duration, text, path, choice, record or plugin; followed by <c>[]</c> for a list of them, by <c>{}</c> for an object
/// with keys of the user's and such values, and by <c>?</c> where null is allowed: <c>number?[]{}</c> is an object of lists of numbers or null.
/// </param>
/// <param name="Default">The default as JSON text; null when the option must be given.</param>
/// <param name="Summary">The property's XML summary on one line.</param>
public sealed record OptionSchema(string Key, string Type, string? Default, string Summary)
{
    /// <summary>Least value, of a duration in seconds, or null.</summary>
    public double? Minimum { get; init; }

    /// <summary>Greatest value, of a duration in seconds, or null.</summary>
    public double? Maximum { get; init; }

    /// <summary>The words of a choice, else empty.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The options of a nested record, or null.</summary>
    public OptionsSchema? Nested { get; init; }

    /// <summary>The kind of plugin that is chosen, or null.</summary>
    public PluginKind? Plugin { get; init; }
}

/// <summary>The options of a plugin or config section.</summary>
/// <param name="Options">In the order of declaration.</param>
public sealed record OptionsSchema(IReadOnlyList<OptionSchema> Options);
