namespace Dml.Plugins;

/// <summary>Options of the lifted structure loss.</summary>
public sealed record LiftedStructureOptions
{
    /// <summary>alpha, the distance that negatives shall be beyond.</summary>
    [Range(0, 1000)]
    public double Margin { get; init; } = 1;

    /// <summary>s, the length that embeddings are scaled to; the longer, the more the nearest negatives count.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 1;

    /// <summary>Whether each anchor joins its positives in a logarithm too (Hermans, Beyer, Leibe, 2017), in place of the published sum over pairs.</summary>
    public bool Generalized { get; init; }
}
