namespace Dml.Configuration;

/// <summary>Where a config value stands.</summary>
/// <param name="File">The file as the user named it, or the option that set the value.</param>
/// <param name="Line">One-based line, or 0 where there are no lines.</param>
public readonly record struct ConfigSource(string File, int Line)
{
    /// <summary>The option that set the value, where it was not a file.</summary>
    public Mention? Mention { get; init; }

    /// <summary>The place of a value that an option set.</summary>
    /// <param name="option">The option.</param>
    public static ConfigSource Of(Mention option)
    {
        ArgumentNullException.ThrowIfNull(option);
        return new(option.ToString(), 0) { Mention = option };
    }

    /// <summary><c>file:line</c>, or the file alone.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}
