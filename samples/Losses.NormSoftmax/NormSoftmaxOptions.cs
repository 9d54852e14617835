namespace Dml.Samples;

/// <summary>Options of the normalised softmax.</summary>
public sealed record NormSoftmaxOptions
{
    /// <summary>s, what cosines are multiplied with; 1 / s is the temperature.</summary>
    [Range(0.001, 1000)]
    public double Scale { get; init; } = 20;

    /// <summary>m, what is taken from the cosine with the own class; 0 for the plain normalised softmax, 0.35 in CosFace.</summary>
    [Range(0, 2)]
    public double Margin { get; init; }
}
