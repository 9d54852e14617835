namespace Dml.Engine.Reporting;

/// <summary>A training sample whose label may be wrong, as the report shows it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Label">The class that it is labelled with.</param>
/// <param name="Suggested">The class that is suggested.</param>
/// <param name="Confidence">The probability that that is the right one, or null.</param>
/// <param name="Mislabelled">Whether the label is known to be wrong; null where nothing is known.</param>
/// <param name="Image">Key of its image, or null.</param>
/// <param name="Neighbours">Images that have the suggested label.</param>
internal sealed record ReportSuspect(
    string Id, string Label, string Suggested, double? Confidence, bool? Mislabelled, string? Image, IReadOnlyList<ReportItem> Neighbours);

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

    /// <summary>Whether it is known which are mislabelled, so that the ranking can be judged.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>The first suspects, most suspicious first.</summary>
    public IReadOnlyList<ReportSuspect> Suspects { get; init; } = [];

    /// <summary>Recall at some shares checked, usually 5, 10 and 20 %. The one nearest to 20 % is the headline.</summary>
    public IReadOnlyList<DetectionRecall> Recall { get; init; } = [];
}
