namespace Dml.Generators.Models;

/// <summary>One word of a choice.</summary>
/// <param name="Word">As in configs: the enum member in camel case.</param>
/// <param name="Member">The enum member, fully qualified.</param>
internal sealed record ChoiceModel(string Word, string Member);
