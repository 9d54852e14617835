namespace Dml.Plugins;

/// <summary>Options of SoftTriple; the paper's values, but for its K = 10, are the defaults.</summary>
public sealed record SoftTripleOptions
{
    /// <summary>K, the number of centres of a class; the paper's own is 10.</summary>
    [Range(1, 10000)]
    public int Centers { get; init; } = 1;

    /// <summary>lambda, what similarities to classes are multiplied with; 1 / lambda is the temperature over classes.</summary>
    [Range(1e-3, 1000)]
    public double Scale { get; init; } = 20;

    /// <summary>gamma, the temperature over the centres of a class: near 0 the nearest centre alone counts. Without effect for one centre.</summary>
    [Range(1e-3, 1000)]
    public double Gamma { get; init; } = 0.1;

    /// <summary>tau, the weight of the regulariser that draws the centres of a class together. Without effect for one centre.</summary>
    [Range(0, 1000)]
    public double Tau { get; init; } = 0.2;

    /// <summary>delta, what is taken from the similarity to the own class.</summary>
    [Range(0, 2)]
    public double Margin { get; init; } = 0.01;
}
