namespace Dml.Engine.Models;

/// <summary>In run.json of an imported run: where the model came from.</summary>
/// <param name="Weights">The file of the weights.</param>
/// <param name="Prefix">What stood before the backbone's names there.</param>
/// <param name="Head">The head's weight there.</param>
/// <param name="Loss">The name of each of the loss's parameters in their file.</param>
/// <param name="Proxies">That file, where it is another one.</param>
internal sealed record ImportRecord(string Weights, string Prefix, string Head, IReadOnlyDictionary<string, string> Loss, string? Proxies = null)
{
    /// <summary>What of these was chosen by who imported it; null where all of it was found.</summary>
    public ImportChoice? Chosen { get; init; }
}
