namespace Dml.Engine.Reporting;

/// <summary>What was run, on what data, with which parts and where.</summary>
internal sealed record ReportFacts
{
    /// <summary>The dataset's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>N, number of training samples.</summary>
    public required int TrainCount { get; init; }

    /// <summary>M, number of test samples.</summary>
    public required int TestCount { get; init; }

    /// <summary>C, number of training classes.</summary>
    public required int TrainClassCount { get; init; }

    /// <summary>Number of test classes.</summary>
    public required int TestClassCount { get; init; }

    /// <summary>The backbone's name.</summary>
    public required string Backbone { get; init; }

    /// <summary>The loss's name.</summary>
    public required string Loss { get; init; }

    /// <summary>The influence estimator's name; empty when none ran.</summary>
    public string Estimator { get; init; } = "";

    /// <summary>The estimator's settings, shown beside its results.</summary>
    public IReadOnlyList<NamedText> EstimatorSettings { get; init; } = [];

    /// <summary>What the estimation took: time, memory, blocks, threads.</summary>
    public IReadOnlyList<NamedText> EstimatorCost { get; init; } = [];

    /// <summary>The seed of every random draw.</summary>
    public required long Seed { get; init; }

    /// <summary>Where tensors lived, for example <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number of threads used for tensor work.</summary>
    public required int Threads { get; init; }

    /// <summary>The precision of the influence figures: <c>float32</c> or <c>float64</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>Versions of the host, the plugins and the libraries.</summary>
    public IReadOnlyList<NamedText> Versions { get; init; } = [];

    /// <summary>Wall time of the run.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>When the run started, as text to be shown; empty leaves it out.</summary>
    public string Started { get; init; } = "";
}
