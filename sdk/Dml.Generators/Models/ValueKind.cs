namespace Dml.Generators.Models;

/// <summary>What a single option value (or a list's item) is.</summary>
internal enum ValueKind
{
    Boolean,
    Int32,
    Int64,
    Double,
    Text,
    Choice,
    Record,
    Plugin,
}
