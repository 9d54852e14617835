namespace Dml.Plugins;

/// <summary>Options of a table of weights.</summary>
/// <param name="Table">The table, a CSV file.</param>
/// <param name="Timeout">The longest time that reading it may take.</param>
public sealed record TableOptions([OptionPath] string Table, [Range(1, 3600)] TimeSpan? Timeout = null)
{
    /// <summary>Weight of each class, by its name.</summary>
    [Range(0, 10)]
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();
}
