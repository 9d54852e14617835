namespace Dml.Host.Explaining;

/// <summary>An estimator that is prepared for a model, with what results say of both.</summary>
internal sealed class InfluenceSession : IDisposable
{
    private readonly IDisposable _scope;

    public InfluenceSession(IDisposable scope, InfluenceContext context, IInfluenceEstimator estimator, (string Name, string Settings) estimatorPlugin, (string Name, string Settings) lossPlugin) =>
        (_scope, Context, Estimator, EstimatorPlugin, LossPlugin) = (scope, context, estimator, estimatorPlugin, lossPlugin);

    public InfluenceContext Context { get; }

    public IInfluenceEstimator Estimator { get; }

    /// <summary>Name and all options, defaults included, as JSON.</summary>
    public (string Name, string Settings) EstimatorPlugin { get; }

    /// <summary>Name and all options as JSON.</summary>
    public (string Name, string Settings) LossPlugin { get; }

    public void Dispose()
    {
        Estimator.Dispose();
        Context.Loss.Dispose();
        _scope.Dispose();
    }
}
