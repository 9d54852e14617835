namespace Dml.Generators.Models;

/// <summary>A plugin without mistakes.</summary>
/// <param name="Entry">For the registration.</param>
/// <param name="Records">Its options record with all nested ones; empty for a plugin without options.</param>
internal sealed record PluginModel(PluginEntry Entry, EquatableArray<OptionsModel> Records);
