namespace Dml.Engine.Reporting;

/// <summary>A name with its value as text, such as a setting or a version.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
internal readonly record struct NamedText(string Name, string Value);
