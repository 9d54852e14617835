namespace Dml;

/// <summary>
/// An option or an operation that a message names. Programs and command lines write the same one differently, so a message keeps what it
/// means: a program reads <c>output</c> and <c>train(resume: runs/a)</c> where a command line shows <c>--out</c> and <c>`dml train --resume runs/a`</c>.
/// </summary>
public sealed record Mention
{
    private Mention(string name, string? value, bool isOperation, IReadOnlyList<KeyValuePair<string, string>> arguments) =>
        (Name, Value, IsOperation, Arguments) = (name, value, isOperation, arguments);

    /// <summary>The option's path or parameter name (<c>loss.scale</c>, <c>output</c>), or the operation's name (<c>train</c>).</summary>
    public string Name { get; }

    /// <summary>The value that the option is to have; null to name the option alone.</summary>
    public string? Value { get; }

    /// <summary>Whether it is an operation; else an option.</summary>
    public bool IsOperation { get; }

    /// <summary>Of an operation: what it is given, by option name, in order; a key without a value names a value that has no option of its own.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Arguments { get; }

    /// <summary>Names an option.</summary>
    /// <param name="name">Its path in a config, or its parameter name.</param>
    /// <param name="value">The value that it is to have; null to name the option alone.</param>
    public static Mention Option(string name, string? value = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, value, false, []);
    }

    /// <summary>Names an operation.</summary>
    /// <param name="name">Its name, for example <c>train</c>.</param>
    /// <param name="arguments">What it is given, by option name, in order.</param>
    public static Mention Operation(string name, params IReadOnlyList<(string Option, string Value)> arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(arguments);
        return new(name, null, true, [.. arguments.Select(a => KeyValuePair.Create(a.Option, a.Value))]);
    }

    /// <summary>As programs read it.</summary>
    public override string ToString()
    {
        if (IsOperation) return $"{Name}({string.Join(", ", Arguments.Select(a => $"{a.Key}: {a.Value}"))})";
        return Value is null ? Name : IsPath ? $"{Name}={Value}" : $"{Name} {Value}";
    }

    /// <summary>Whether it is an option of a config, named by its path.</summary>
    private bool IsPath => Name.Contains('.', StringComparison.Ordinal);
}
