using Dml.Engine.Explaining;
using Dml.Engine.Sessions;

namespace Dml.Engine;

/// <summary>
/// An estimator that is prepared for a model: what all confusions share is computed for the first and kept, so that each further one costs its own share
/// alone. Where features stay in a file, or what would be kept is more than 3 GiB, it is computed each time. Calls one after another, not at once.
/// </summary>
public sealed class Explainer : IDisposable
{
    private readonly Model _model;
    private readonly InfluenceSession _session;

    internal Explainer(Model model, InfluenceSession session, bool keeps = true)
    {
        (_model, _session) = (model, session);
        if (keeps) session.KeepSamples();
    }

    /// <summary>Plugin name of the estimator.</summary>
    public string Estimator => _session.EstimatorPlugin.Name;

    /// <summary>Its options, defaults included, as JSON.</summary>
    public string Settings => _session.EstimatorPlugin.Settings;

    /// <summary>Whether the sign of its scores tells harm from help; where not, scores are relevance.</summary>
    public bool IsSigned => _session.Estimator.IsSigned;

    /// <summary>Scores every training sample for each confusion.</summary>
    /// <param name="confusions">At least one.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">A score is not finite, or all are zero.</exception>
    public Explanation Explain(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        if (confusions.Count == 0) throw new DmlException("Expected at least one confusion to explain, found none.");
        var scores = _session.Score(confusions, progress ?? Quiet.Instance, cancellationToken);
        scores.Harm.DetachFromDisposeScope();
        return new(_model, new(
            _session.EstimatorPlugin.Name, _session.EstimatorPlugin.Settings, _session.LossPlugin.Name, _session.LossPlugin.Settings,
            _session.Context.Loss.IsMeanOfSamples, _session.Estimator.IsSigned, scores));
    }

    /// <inheritdoc cref="InfluenceSession.MostHarmful"/>
    internal IReadOnlyList<IReadOnlyList<(int Sample, double Harm)>> MostHarmful(
        IReadOnlyList<Confusion> confusions, int count, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        _session.MostHarmful(confusions, count, progress, cancellationToken);

    /// <summary>Whether the loss is a mean of the samples' own, so that solved confusions are small.</summary>
    internal bool LossIsMeanOfSamples => _session.Context.Loss.IsMeanOfSamples;

    /// <summary>Frees what was prepared.</summary>
    public void Dispose() => _session.Dispose();
}
