namespace Dml.Engine.Sessions;

/// <summary>Given features that a head is fitted on, in place of a dataset and a backbone.</summary>
[Options]
internal sealed record FeaturesOptions
{
    /// <summary>
    /// A file (.safetensors, .npz, .parquet) or a folder with features and labels of the training split, and of the test split too or not; a relative path
    /// starts at baseFolder.
    /// </summary>
    public string Training { get; init; } = "";

    /// <summary>A file of the test split, where the first has the training split alone; empty for none.</summary>
    public string Test { get; init; } = "";
}
