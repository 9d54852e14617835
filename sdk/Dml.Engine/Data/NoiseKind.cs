namespace Dml.Engine.Data;

/// <summary>Which wrong label a chosen training image gets.</summary>
internal enum NoiseKind
{
    /// <summary>y + 5 if that is a training class, else y - 5, the published rule: a class's wrong labels are all of one class.</summary>
    Shift,

    /// <summary>Any other training class alike, drawn from the run's seed.</summary>
    Uniform,
}
