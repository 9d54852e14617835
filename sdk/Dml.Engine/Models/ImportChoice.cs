namespace Dml.Engine.Models;

/// <summary>What of a file of weights is taken, where it holds more than one of a kind.</summary>
/// <param name="Prefix">What stands before the backbone's names, with or without its last dot; null to find it.</param>
/// <param name="Head">Name of the head's weight; null to find it.</param>
/// <param name="ProxiesKey">Name of the loss's proxies; null to find it.</param>
internal sealed record ImportChoice(string? Prefix = null, string? Head = null, string? ProxiesKey = null)
{
    /// <summary>Nothing is chosen: what is there once is found.</summary>
    public static readonly ImportChoice None = new();
}
