namespace Dml.Plugins;

/// <summary>How the losses of training samples change when theta walks to theta'.</summary>
internal interface ILossChanges : IDisposable
{
    /// <summary>Name of the path in results.</summary>
    string Name { get; }

    /// <summary>Computes what all targets share of a block: embeddings, cosines, losses at theta.</summary>
    ISampleBlock At(SampleRange samples);
}
