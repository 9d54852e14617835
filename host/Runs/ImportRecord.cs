namespace Dml.Host.Runs;

/// <summary>In run.json of an imported run: where the model came from.</summary>
/// <param name="Weights">The file of the weights.</param>
/// <param name="Prefix">What stood before the backbone's names there.</param>
/// <param name="Head">The head's weight there.</param>
/// <param name="Proxies">The file of the loss's parameters, where that is another one.</param>
/// <param name="Loss">The name in that file of each of the loss's parameters.</param>
internal sealed record ImportRecord(string Weights, string Prefix, string Head, string? Proxies, IReadOnlyDictionary<string, string> Loss);
