namespace Dml.Generators.Models;

/// <summary>What the registration says of a plugin. It holds no option, so that an edited option leaves the registration as it is.</summary>
/// <param name="Name">The name in configs.</param>
/// <param name="Kind">Member of <c>Dml.PluginKind</c>.</param>
/// <param name="Type">The class, fully qualified.</param>
/// <param name="TypeName">The class as it is shown to people.</param>
/// <param name="Summary">First paragraph of its XML documentation; empty if there is none.</param>
/// <param name="OptionsType">The options record, fully qualified; null for a plugin without options.</param>
/// <param name="Binder">What has Bind and Schema: the generated binder or NoOptions, fully qualified.</param>
/// <param name="Parameters">Of the constructor: the fully qualified type of a service, or an empty text where the options go.</param>
internal sealed record PluginEntry(
    string Name,
    string Kind,
    string Type,
    string TypeName,
    string Summary,
    string? OptionsType,
    string Binder,
    EquatableArray<string> Parameters);
