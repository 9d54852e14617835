namespace Dml.Generators.Models;

/// <summary>An options record whose binder is generated.</summary>
/// <param name="Namespace">Of the record; empty for the global one.</param>
/// <param name="BinderName">Name of the generated class.</param>
/// <param name="Type">The record, fully qualified.</param>
/// <param name="Options">In the order of declaration, those of base records first.</param>
internal sealed record OptionsModel(string Namespace, string BinderName, string Type, EquatableArray<OptionModel> Options)
{
    /// <summary>0, or a number that tells files apart whose names differ in case alone, which the compiler refuses.</summary>
    public int FileNumber { get; init; }

    public string HintName =>
        (Namespace.Length == 0 ? BinderName : $"{Namespace}.{BinderName}").Replace("@", "") + (FileNumber == 0 ? "" : $".{FileNumber}") + ".g.cs";
}
