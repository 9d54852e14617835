namespace Dml.Engine.Training;

/// <summary>What a training is for.</summary>
internal enum TrainingMode
{
    /// <summary>Trains on all training classes; the learning rates fall at given epochs.</summary>
    Full,

    /// <summary>
    /// Trains on the first half of the training classes and validates on the second after each epoch; the learning rates fall when
    /// the validation no longer improves. The epochs at which they fell are what a full training then takes over.
    /// </summary>
    Validate,

    /// <summary>
    /// Trains the head alone on all training classes: the backbone stands still and makes the features of all images once. What a fit on these features gives.
    /// </summary>
    Frozen,
}
