namespace Dml.Plugins;

/// <summary>What the Gaussians are of.</summary>
public enum GaussianRows
{
    /// <summary>Unit embeddings.</summary>
    Embeddings,

    /// <summary>Unit features of the backbone, which have memorised less of the labels.</summary>
    Features,
}

/// <summary>Options of class Gaussians.</summary>
[Options]
public sealed record ClassGaussiansOptions
{
    /// <summary>What they are of: embeddings, or features of the backbone.</summary>
    public GaussianRows Of { get; init; } = GaussianRows.Embeddings;

    /// <summary>Rounds of judging samples and weighting them by how far their labels are trusted; 1 trusts all alike.</summary>
    [Range(1, 100)]
    public int Rounds { get; init; } = 8;
}
