namespace Dml.TestPlugins;

/// <summary>Options of every form that is not a single value.</summary>
/// <param name="Table">A file.</param>
/// <param name="Wait">A time.</param>
public sealed record ManyOptions([OptionPath] string Table, [Range(0, 60)] TimeSpan Wait = default)
{
    /// <summary>A rate.</summary>
    [Range(0, 1)]
    public float Rate { get; init; } = 0.1f;

    /// <summary>Files by name.</summary>
    [OptionPath]
    public IReadOnlyDictionary<string, string[]> Files { get; init; } = new Dictionary<string, string[]> { ["none"] = [""] };

    /// <summary>Parts by name.</summary>
    public Dictionary<string, ManyPart> Parts { get; init; } = new() { ["first"] = new("part.csv") };

    /// <summary>Losses by name.</summary>
    public IReadOnlyDictionary<string, PluginChoice<IMetricLoss>?> Losses { get; init; } = new Dictionary<string, PluginChoice<IMetricLoss>?>();
}

/// <summary>A part.</summary>
/// <param name="File">Its file, if it has one.</param>
/// <param name="Weight">Its weight.</param>
public sealed record ManyPart([OptionPath] string? File = null, [Range(0, 10)] int Weight = 1);
