namespace Dml.Generators.Models;

/// <summary>What a value is.</summary>
internal enum ValueKind
{
    Boolean,
    Int32,
    Int64,
    Single,
    Double,
    Duration,
    Text,
    Path,
    Choice,
    Record,
    Plugin,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>An object whose keys are the user's.</summary>
    Map,
}
