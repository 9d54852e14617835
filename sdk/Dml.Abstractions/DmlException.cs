namespace Dml;

/// <summary>
/// A mistake in what the user gave (config, files, arguments), told in one sentence that says what was expected, what was found,
/// where, and what to do. The host prints the message alone and exits with a non-zero code; any other exception is a defect.
/// </summary>
public class DmlException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">The whole sentence.</param>
    public DmlException(string message) : base(message) { }

    /// <summary>Makes the error and keeps its cause.</summary>
    /// <param name="message">The whole sentence.</param>
    /// <param name="inner">What was caught.</param>
    public DmlException(string message, Exception inner) : base(message, inner) { }
}
