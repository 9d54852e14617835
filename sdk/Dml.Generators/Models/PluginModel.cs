namespace Dml.Generators.Models;

/// <summary>A plugin without mistakes.</summary>
/// <param name="Name">Name in configs.</param>
/// <param name="Type">Fully qualified class.</param>
/// <param name="DisplayType">The class as messages show it.</param>
/// <param name="Kind">Member of Dml.PluginKind.</param>
/// <param name="Summary">XML summary on one line.</param>
/// <param name="OptionsType">Fully qualified options record, or null.</param>
/// <param name="Binder">Fully qualified binder; that of NoOptions when there is no record.</param>
/// <param name="Arguments">The constructor's arguments: "options", or the fully qualified type of a service.</param>
internal sealed record PluginModel(
    string Name,
    string Type,
    string DisplayType,
    string Kind,
    string Summary,
    string? OptionsType,
    string Binder,
    EquatableArray<string> Arguments);

/// <summary>What one marked class or record contributes.</summary>
/// <param name="Plugin">The plugin; null for an [Options] record.</param>
/// <param name="Options">Its options record and the records nested in it.</param>
internal sealed record MarkedType(PluginModel? Plugin, EquatableArray<OptionsModel> Options);
