using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Half of another loss.</summary>
[Plugin("half")]
public sealed class HalfLoss(HalfOptions options, IPluginFactory plugins) : IMetricLoss
{
    private readonly IMetricLoss _loss = plugins.Create(options.Loss);
    public IReadOnlyList<NamedParameter> Parameters => _loss.Parameters;
    public bool IsMeanOfSamples => _loss.IsMeanOfSamples;
    public Tensor PerSample(Tensor embeddings, Tensor labels) => Half(_loss.PerSample(embeddings, labels));
    public Tensor BatchLoss(Tensor embeddings, Tensor labels, Tensor? weights = null) => Half(_loss.BatchLoss(embeddings, labels, weights));
    public Tensor? Regularizer() => _loss.Regularizer() is { } term ? Half(term) : null;
    public void Dispose() => _loss.Dispose();

    private static Tensor Half(Tensor whole)
    {
        using (whole) return whole / 2;
    }
}
