namespace Dml.Testing;

/// <summary>
/// A plugin breaks its contract. The message is one sentence: which member, what was expected, what was found, what to do; and the page of the docs
/// that helps. A test framework shows it as the failure of the test that ran the suite.
/// </summary>
/// <param name="sentence">The whole sentence.</param>
/// <param name="page">The page, <c>docs/losses.md#writing-one</c> for instance; null where none is known yet.</param>
public sealed class ConformanceException(string sentence, string? page = null) : Exception(page is null ? sentence : $"{sentence} See {page}.")
{
    /// <summary>The sentence alone.</summary>
    public string Sentence => sentence;

    /// <summary>The page of the docs that helps, or null.</summary>
    public string? Page => page;
}
