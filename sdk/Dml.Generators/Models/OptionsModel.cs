namespace Dml.Generators.Models;

/// <summary>An options record whose binder is generated.</summary>
/// <param name="Namespace">Of the record; empty for the global one.</param>
/// <param name="Name">Simple name of the record.</param>
/// <param name="Type">The record, fully qualified.</param>
/// <param name="Options">In the order of declaration, those of base records first.</param>
internal sealed record OptionsModel(string Namespace, string Name, string Type, EquatableArray<OptionModel> Options)
{
    public string BinderName => Name + "Binder";

    public string HintName => (Namespace.Length == 0 ? BinderName : $"{Namespace}.{BinderName}").Replace("@", "") + ".g.cs";
}
