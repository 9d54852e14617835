namespace Dml.Generators.Models;

/// <summary>What plugins of a kind implement.</summary>
/// <param name="Type">The interface, by its full name.</param>
/// <param name="Kind">Member of <c>Dml.PluginKind</c>.</param>
internal sealed record ContractModel(string Type, string Kind);
