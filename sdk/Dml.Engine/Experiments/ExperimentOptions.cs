namespace Dml.Engine.Experiments;

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

    /// <summary>fix: most suggestions that are tried together before any is halved off; by default all, which moves most beside what is chance.</summary>
    [Range(1, 1000000)]
    public int Bundle { get; init; } = 1000000;

    /// <summary>fix: a label is suggested when at least this share of the neighbours' votes is for it.</summary>
    [Range(0, 1)]
    public double LeastVote { get; init; } = 0.5;

    /// <summary>fix: whether the kept labels are shown at work by training the run's config anew.</summary>
    public bool Retrain { get; init; } = true;

    /// <summary>confusion-table: what the head is retrained on.</summary>
    public ExperimentViews Augment { get; init; } = ExperimentViews.None;

    /// <summary>samples and runtime: confusions as two test indices "A:B"; empty for the first wrong items.</summary>
    public IReadOnlyList<string> NamedPairs { get; init; } = [];

    /// <summary>samples: wrong items that are shown where none are named.</summary>
    [Range(1, 1000)]
    public int ShownPairs { get; init; } = 3;

    /// <summary>samples: training samples that are shown at each end.</summary>
    [Range(1, 20)]
    public int ShownSamples { get; init; } = 5;

    /// <summary>runtime: wrong items that are explained where none are named.</summary>
    [Range(1, 1000000)]
    public int TimedPairs { get; init; } = 10;

    /// <summary>runtime: images that go through the backbone one at a time, as in the published code; the rest is extrapolated.</summary>
    [Range(1, 1000000)]
    public int TimedImages { get; init; } = 32;

    /// <summary>Decides batches and resampling.</summary>
    [Range(0, 1000000000)]
    public int Seed { get; init; }
}

/// <summary>What the head is retrained on.</summary>
public enum ExperimentViews
{
    /// <summary>The cached features, of images that are not augmented.</summary>
    None,

    /// <summary>Features of augmented images, as in the published code: each run's images go through its backbone once.</summary>
    Published,
}
