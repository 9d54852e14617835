using Dml.Configuration;

namespace Dml.Engine.Config;

/// <summary>A root key of the config that chooses no plugin: a section with an options record of the host, or a single value.</summary>
/// <param name="Schema">Key, type, default and summary; a section's options are its <see cref="OptionSchema.Nested"/>.</param>
/// <param name="Bind">Binds the value at the key, or null where it is not given; returns null after adding all its problems.</param>
internal sealed record ConfigSection(OptionSchema Schema, Func<ConfigNode?, ConfigNode, ConfigProblems, object?> Bind)
{
    /// <summary>The root key.</summary>
    public string Key => Schema.Key;

    /// <summary>Whether a resolved config leaves the section out where it is not given: it is for runs of another kind.</summary>
    public bool WrittenWhereGiven { get; init; }

    /// <summary>Options of the section that name something with options of its own; the section's schema has them beside these.</summary>
    internal IReadOnlyList<NamedOption> Named { get; init; } = [];

    /// <summary>A section with an options record. Where the config does not give it, an empty object is bound, so that the defaults hold.</summary>
    /// <typeparam name="T">The options record.</typeparam>
    /// <param name="key">The root key.</param>
    /// <param name="summary">What the section is for.</param>
    /// <param name="schema">The schema that the generated binder knows.</param>
    /// <param name="bind">The generated binder.</param>
    public static ConfigSection Record<T>(string key, string summary, OptionsSchema schema, Func<ConfigNode, ConfigProblems, T?> bind) where T : class =>
        new(new(key, "record", "{}", summary) { Nested = schema }, (node, root, problems) => bind(node ?? ConfigNode.Object([], key, root.Source), problems));

    /// <summary>A single value at the root, with a default.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="schema">Key, type, default, range and summary.</param>
    /// <param name="fallback">The value where the config does not give it.</param>
    /// <param name="read">Reads the value.</param>
    public static ConfigSection Value<T>(OptionSchema schema, T fallback, ValueReader<T> read) where T : notnull =>
        new(schema, (node, _, problems) => node is null ? fallback : read(node, problems, out var value) ? value : null);
}
