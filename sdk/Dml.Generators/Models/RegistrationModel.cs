namespace Dml.Generators.Models;

/// <summary>All plugins of an assembly.</summary>
/// <param name="Namespace">Where the registration goes.</param>
/// <param name="Plugins">In ordinal order of their names, each name once.</param>
internal sealed record RegistrationModel(string Namespace, EquatableArray<PluginEntry> Plugins);
