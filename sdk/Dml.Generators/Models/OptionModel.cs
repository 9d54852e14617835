namespace Dml.Generators.Models;

/// <summary>One option as the templates need it: names and ready pieces of C#.</summary>
/// <param name="Property">Property name.</param>
/// <param name="Key">Key in configs.</param>
/// <param name="Type">Fully qualified type with its nullable annotation.</param>
/// <param name="Reader">Expression of a ValueReader.</param>
/// <param name="SchemaType">Type word of the schema.</param>
/// <param name="DefaultText">Expression of the default's JSON text; null for an option that must be given.</param>
/// <param name="Expected">For messages: "a text".</param>
/// <param name="Minimum">C# literal, or null.</param>
/// <param name="Maximum">C# literal, or null.</param>
/// <param name="Enum">The enum behind a choice, or null.</param>
/// <param name="NestedBinder">Fully qualified binder of a nested record, or null.</param>
/// <param name="Summary">XML summary on one line.</param>
internal sealed record OptionModel(
    string Property,
    string Key,
    string Type,
    string Reader,
    string SchemaType,
    string? DefaultText,
    string Expected,
    string? Minimum,
    string? Maximum,
    EnumModel? Enum,
    string? NestedBinder,
    string Summary);

/// <summary>An enum as a choice of words.</summary>
/// <param name="Type">Fully qualified type.</param>
/// <param name="Members">Member names.</param>
internal sealed record EnumModel(string Type, EquatableArray<string> Members);

/// <summary>An options record.</summary>
/// <param name="Type">Fully qualified type.</param>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Options">Its options in order of declaration.</param>
internal sealed record OptionsModel(string Type, string Namespace, string Name, EquatableArray<OptionModel> Options);
