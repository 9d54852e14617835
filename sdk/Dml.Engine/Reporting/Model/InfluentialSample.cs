namespace Dml.Engine.Reporting;

/// <summary>A training sample with its influence on one confusion.</summary>
/// <param name="Id">Its stable id, usually the relative path.</param>
/// <param name="Label">The label that it was trained with.</param>
/// <param name="TrueLabel">Its right label when it is known to be mislabelled; else null.</param>
/// <param name="Harm">Above 0: training on it makes the error worse. Below 0: it helps.</param>
/// <param name="Image">Key into <see cref="Report.Images"/>; null or a key that is not there shows an empty frame.</param>
internal sealed record InfluentialSample(string Id, string Label, string? TrueLabel, double Harm, string? Image = null)
{
    /// <summary>Where else it does harm: its standing in each confusion of the report, in their order; empty where that is not known.</summary>
    public IReadOnlyList<SampleStanding> Standings { get; init; } = [];
}

/// <summary>What a training sample does to one confusion.</summary>
/// <param name="Harm">Its harm.</param>
/// <param name="Rank">1 for the most harmful of all training samples.</param>
internal readonly record struct SampleStanding(double Harm, int Rank);
