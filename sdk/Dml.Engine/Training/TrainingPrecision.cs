namespace Dml.Engine.Training;

/// <summary>Number types of a backbone's forward and backward pass in training.</summary>
internal enum TrainingPrecision
{
    /// <summary>32 bits throughout.</summary>
    Float32,

    /// <summary>Convolutions and linear layers in bfloat16 from float32 master weights; normalisation, head, loss and updates in float32.</summary>
    BFloat16,
}
