namespace Dml.Engine.Reporting;

/// <summary>How soon the mislabelled training samples turn up when samples are checked in the order of a score.</summary>
internal sealed record MislabelSummary
{
    /// <summary>The score whose order was followed, for example <c>harm summed over 30 confusions</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Number of training samples that are known to be mislabelled.</summary>
    public required int NoisyCount { get; init; }

    /// <summary>Number of training samples that could be checked.</summary>
    public required int SampleCount { get; init; }

    /// <summary>Share checked (X) and share of the mislabelled found (Y), both in [0, 1], X rising.</summary>
    public required IReadOnlyList<CurvePoint> Curve { get; init; }

    /// <summary>Area under <see cref="Curve"/>, in [0, 1].</summary>
    public required double Area { get; init; }

    /// <summary>The area that checking in random order is expected to give.</summary>
    public double RandomArea { get; init; } = 0.5;

    /// <summary>The standard deviation of the random order's area; null leaves it out.</summary>
    public double? RandomAreaDeviation { get; init; }

    /// <summary>Recall at some shares checked, usually 5, 10 and 20 %. The one nearest to 20 % is the headline.</summary>
    public IReadOnlyList<DetectionRecall> Recall { get; init; } = [];
}
