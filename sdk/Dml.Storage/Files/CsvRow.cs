namespace Dml.Storage;

/// <summary>A row of comma-separated values.</summary>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Fields">Its fields, without their quotation marks.</param>
public sealed record CsvRow(int Line, IReadOnlyList<string> Fields);
