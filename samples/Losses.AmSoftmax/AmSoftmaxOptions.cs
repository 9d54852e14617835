namespace Dml.Samples;

/// <summary>Options of the softmax with an additive margin.</summary>
public sealed record AmSoftmaxOptions
{
    /// <summary>s, what cosines are multiplied with; 1 / s is the temperature.</summary>
    [Range(0.001, 1000)]
    public double Scale { get; init; } = 20;

    /// <summary>m, what is taken from the cosine with the own class; 0 for the plain normalised softmax, 0.35 in the paper.</summary>
    [Range(0, 2)]
    public double Margin { get; init; }
}
