namespace Dml.Engine.Evaluation;

/// <summary>How the test split is evaluated.</summary>
[Options]
internal sealed record EvaluationOptions
{
    /// <summary>Whether distances are taken between unit embeddings; false: between the embeddings as they are. Confusions always are.</summary>
    public bool UnitEmbeddings { get; init; }

    /// <summary>Whether MAP@R is computed, which looks at as many neighbours as the largest class has items.</summary>
    public bool MapAtR { get; init; } = true;

    /// <summary>Whether NMI is computed, by k-means with one cluster a test class.</summary>
    public bool Nmi { get; init; } = true;

    /// <summary>Further metrics by name, such as R-precision, MRR and AMI; MAP@R and NMI have options of their own.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Runs of k-means from different first centres, of which the one with the least inertia counts.</summary>
    [Range(1, 1000)]
    public int KmeansRestarts { get; init; } = 1;

    /// <summary>Most iterations of a run of k-means.</summary>
    [Range(1, 100000)]
    public int KmeansIterations { get; init; } = 100;

    /// <summary>Most working memory of the neighbour search, in mebibytes, beyond the embeddings.</summary>
    [Range(1, 1048576)]
    public int MemoryMegabytes { get; init; } = 256;
}
