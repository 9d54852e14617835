namespace Dml;

/// <summary>
/// A mistake in what the user gave (config, files, arguments), told in one sentence that says what was expected, what was found,
/// where, and what to do. The host prints the sentence alone and exits with a non-zero code; any other exception is a defect.
/// </summary>
public class DmlException : Exception
{
    private readonly Wording _sentence;

    /// <summary>Makes the error.</summary>
    /// <param name="message">The whole sentence.</param>
    public DmlException(string message) : base(message) => _sentence = message;

    /// <summary>Makes the error and keeps its cause.</summary>
    /// <param name="message">The whole sentence.</param>
    /// <param name="inner">What was caught.</param>
    public DmlException(string message, Exception inner) : base(message, inner) => _sentence = message;

    /// <summary>Makes the error of a sentence that may name options and operations.</summary>
    /// <param name="sentence">The whole sentence.</param>
    /// <param name="inner">What was caught, or null.</param>
    public DmlException(Wording sentence, Exception? inner = null) : base(Text(sentence), inner) => _sentence = sentence;

    /// <summary>
    /// Makes the error of its parts: <c>{option} {at}: expected {expected}, found {found}; {remedy}.</c>, where what is null is left out.
    /// </summary>
    /// <param name="option">The option's path (<c>loss.scale</c>) or parameter name (<c>shard</c>); null where it is about no option.</param>
    /// <param name="expected">What was expected.</param>
    /// <param name="found">What was found.</param>
    /// <param name="remedy">What to do, or why it must be so; null where the rest says it.</param>
    /// <param name="at">The value given for the option that is meant, or the file; null where there is none to name.</param>
    /// <param name="inner">What was caught, or null.</param>
    public DmlException(string? option, Wording expected, Wording found, Wording? remedy = null, string? at = null, Exception? inner = null)
        : this(Compose(option, expected, found, remedy, at), inner) =>
        (Option, Expected, Found, Remedy, At) = (option, expected.ToString(), found.ToString(), remedy?.ToString(), at);

    /// <summary>
    /// The option's path or parameter name, as programs know it: <c>loss.scale</c>, <c>shard</c>; null where the error is about no option, or is one sentence.
    /// </summary>
    public string? Option { get; }

    /// <summary>The value given for the option that is meant, or the file; null where there is none to name.</summary>
    public string? At { get; }

    /// <summary>What was expected; null for an error that is one sentence.</summary>
    public string? Expected { get; }

    /// <summary>What was found; null for an error that is one sentence.</summary>
    public string? Found { get; }

    /// <summary>What to do, or why it must be so; null where nothing is said.</summary>
    public string? Remedy { get; }

    /// <summary>The sentence with other names of options and operations than <see cref="Exception.Message"/> has, which are those of programs.</summary>
    /// <param name="name">Tells how they are written, for example as flags and commands.</param>
    public string ToSentence(Func<Mention, string> name) => _sentence.ToString(name);

    private static string Text(Wording sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        return sentence.ToString();
    }

    private static Wording Compose(string? option, Wording expected, Wording found, Wording? remedy, string? at)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(found);
        // Statements, not conditional expressions: those of two interpolated strings are plain strings, which have lost what they name.
        Wording sentence = "";
        if (option is not null) sentence.AppendFormatted(Mention.Option(option));
        if (option is not null && at is not null) sentence.AppendLiteral(" ");
        if (at is not null) sentence.AppendLiteral(at);
        sentence.AppendLiteral(option is null && at is null ? "Expected " : ": expected ");
        sentence.AppendFormatted(expected);
        sentence.AppendLiteral(", found ");
        sentence.AppendFormatted(found);
        if (remedy is not null) sentence.AppendLiteral("; ");
        sentence.AppendFormatted(remedy);
        sentence.AppendLiteral(".");
        return sentence;
    }
}
