namespace Dml.Plugins;

/// <summary>Options of Caltech-UCSD Birds-200-2011.</summary>
public sealed record CubOptions
{
    /// <summary>The unpacked folder CUB_200_2011, which holds the folder images; relative to the config file.</summary>
    public required string Root { get; init; }

    /// <summary>Range of training classes such as "0..49"; null for the published 0..99, whose 5,864 images are then counted.</summary>
    public string? TrainingClasses { get; init; }

    /// <summary>Range of test classes such as "50..99"; null for the published 100..199, whose 5,924 images are then counted.</summary>
    public string? TestClasses { get; init; }
}
