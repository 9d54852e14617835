using Dml.Engine;

namespace Dml.Host.Commands;

/// <summary>What came of checking a plugin.</summary>
internal enum Conformity
{
    /// <summary>It keeps its contract.</summary>
    Kept,

    /// <summary>It breaks its contract.</summary>
    Broken,

    /// <summary>It could not be tried: an option is missing, or what it needs is not there.</summary>
    Unknown,
}

/// <summary>What came of checking a plugin.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Conformity">Whether it keeps its contract.</param>
/// <param name="Sentence">What is wrong and what to do; empty where nothing is.</param>
/// <param name="Time">How long it took.</param>
internal sealed record ConformanceOutcome(LoadedPlugin Plugin, Conformity Conformity, string Sentence, TimeSpan Time);
