namespace Dml.Generators.Models;

/// <summary>One property of an options record.</summary>
/// <param name="Property">The property as it is written in C# (with @ where it is a keyword).</param>
/// <param name="Key">The key in configs.</param>
/// <param name="Summary">The XML summary on one line; empty if there is none.</param>
/// <param name="IsRequiredMember">Whether the property is <c>required</c>.</param>
/// <param name="IsArgument">Whether it is a parameter of the constructor without a default.</param>
/// <param name="Value">What it holds.</param>
/// <param name="Range">Of each number or duration in it, else everything.</param>
internal sealed record OptionModel(
    string Property,
    string Key,
    string Summary,
    bool IsRequiredMember,
    bool IsArgument,
    ValueModel Value,
    RangeModel Range)
{
    /// <summary>Whether a config has to give it.</summary>
    public bool IsRequired => IsRequiredMember || IsArgument;
}
