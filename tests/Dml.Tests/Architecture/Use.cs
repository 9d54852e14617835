namespace Dml.Tests.Architecture;

/// <summary>One file of an assembly uses a type or a constant of another one.</summary>
/// <param name="From">The using file, relative to the project, with forward slashes.</param>
/// <param name="To">The file that declares what is used.</param>
internal readonly record struct Use(string From, string To);
