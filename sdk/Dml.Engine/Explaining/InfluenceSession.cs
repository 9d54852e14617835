namespace Dml.Engine.Explaining;

/// <summary>An estimator that is prepared for a model, with what results say of both.</summary>
internal sealed class InfluenceSession : IDisposable
{
    private readonly ExplainedModel _model;

    public InfluenceSession(ExplainedModel model, IInfluenceEstimator estimator, (string Name, string Settings) estimatorPlugin, (string Name, string Settings) lossPlugin) =>
        (_model, Estimator, EstimatorPlugin, LossPlugin) = (model, estimator, estimatorPlugin, lossPlugin);

    public InfluenceContext Context => _model.Context;

    public IInfluenceEstimator Estimator { get; }

    /// <summary>Name and all options, defaults included, as JSON.</summary>
    public (string Name, string Settings) EstimatorPlugin { get; }

    /// <summary>Name and all options as JSON.</summary>
    public (string Name, string Settings) LossPlugin { get; }

    public void Dispose()
    {
        Estimator.Dispose();
        _model.Dispose();
    }
}
