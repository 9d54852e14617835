namespace Dml.Plugins;

/// <summary>Options of Stanford Cars.</summary>
public sealed record CarsOptions
{
    /// <summary>
    /// The folder that holds cars_annos.mat and the images that it names, or the lists of the development kit (here or in devkit) with cars_train
    /// and cars_test, or one folder of images a class (here, or in train and test); relative to the config file.
    /// </summary>
    public required string Root { get; init; }

    /// <summary>Range of training classes such as "0..48"; null for the published 0..97, whose 8,054 images are then counted.</summary>
    public string? TrainingClasses { get; init; }

    /// <summary>Range of test classes such as "49..97"; null for the published 98..195, whose 8,131 images are then counted.</summary>
    public string? TestClasses { get; init; }
}
