namespace Dml.Host.Experiments;

/// <summary>Settings of the experiments; each says in its result which of them it used.</summary>
[Options]
public sealed record ExperimentOptions
{
    /// <summary>Estimators that are compared; their scores must have a sign.</summary>
    public IReadOnlyList<string> Estimators { get; init; } = ["eif", "if", "tracin"];

    /// <summary>confusion-table: the first so many wrong test items are explained, each with its neighbour.</summary>
    [Range(0, 1000000)]
    public int Pairs { get; init; } = 100;

    /// <summary>confusion-table: so many of the worst classes are explained as groups.</summary>
    [Range(0, 1000000)]
    public int Groups { get; init; } = 30;

    /// <summary>mislabel and relabel: confusion groups whose harm is averaged.</summary>
    [Range(1, 1000000)]
    public int SuspicionGroups { get; init; } = 10;

    /// <summary>generalization: classes with most wrong items that are compared between runs.</summary>
    [Range(1, 1000000)]
    public int WorstClasses { get; init; } = 10;

    /// <summary>fix: whether the kept labels are shown at work by training the run's config anew.</summary>
    public bool Retrain { get; init; } = true;

    /// <summary>Decides batches and resampling.</summary>
    [Range(0, 1000000000)]
    public int Seed { get; init; }
}
