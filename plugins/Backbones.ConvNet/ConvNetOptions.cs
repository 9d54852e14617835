namespace Dml.Plugins;

/// <summary>Options of the plain convolutional network.</summary>
public sealed record ConvNetOptions
{
    /// <summary>Output channels of each block; the last number is D, the number of features. Each block halves the image's side.</summary>
    [Range(1, 65536)]
    public IReadOnlyList<int> Channels { get; init; } = [32, 64, 128, 256];

    /// <summary>Three means, RGB, subtracted from pixels in [0, 1].</summary>
    public IReadOnlyList<double> InputMean { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>Three positive deviations, RGB, that the differences are divided by.</summary>
    [Range(0.000001, double.PositiveInfinity)]
    public IReadOnlyList<double> InputStd { get; init; } = [0.5, 0.5, 0.5];
}
