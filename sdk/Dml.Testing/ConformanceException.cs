namespace Dml.Testing;

/// <summary>
/// A plugin breaks its contract. The message is one sentence: which member, what was expected, what was found, what to do. A test
/// framework shows it as the failure of the test that ran the suite.
/// </summary>
/// <param name="message">The whole sentence.</param>
public sealed class ConformanceException(string message) : Exception(message);
