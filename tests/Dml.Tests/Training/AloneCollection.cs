namespace Dml.Tests.Training;

/// <summary>Tests that seed torch's global generator or count all live tensors: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
