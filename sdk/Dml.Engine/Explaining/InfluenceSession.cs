namespace Dml.Engine.Explaining;

/// <summary>An estimator that is prepared for a model, with what results say of both.</summary>
internal sealed class InfluenceSession : IDisposable
{
    /// <summary>The blocks that <see cref="InfluenceScoring"/> takes, so that what is kept of one serves both.</summary>
    private const int SampleBlock = 4096;

    private readonly ExplainedModel _model;
    private KeptSamples? _kept;

    public InfluenceSession(
        ExplainedModel model, IInfluenceEstimator estimator, (string Name, string Settings) estimatorPlugin, (string Name, string Settings) lossPlugin) =>
        (_model, Estimator, EstimatorPlugin, LossPlugin) = (model, estimator, estimatorPlugin, lossPlugin);

    public InfluenceContext Context => _model.Context;

    public IInfluenceEstimator Estimator { get; }

    /// <summary>Name and all options, defaults included, as JSON.</summary>
    public (string Name, string Settings) EstimatorPlugin { get; }

    /// <summary>Name and all options as JSON.</summary>
    public (string Name, string Settings) LossPlugin { get; }

    /// <summary>SHA-256 of the DLLs of loss and estimator, by assembly.</summary>
    public IReadOnlyDictionary<string, string> Builds { get; init; } = new Dictionary<string, string>();

    /// <summary>Keeps from now on what confusions share, where memory allows, for those that are asked about one after another.</summary>
    public void KeepSamples()
    {
        if (KeptSamples.Serves(Context)) _kept ??= new(Estimator);
    }

    /// <summary>Scores every training sample for every confusion, in memory.</summary>
    /// <param name="confusions">At least one.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">A score is not finite, or all are zero.</exception>
    public HarmScores Score(IReadOnlyList<Confusion> confusions, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var scores = (_kept ?? Estimator).Score(Context, confusions, progress, cancellationToken);
        ExplainableLoss.RequireScores([scores.Harm], scores.Targets, LossPlugin.Name, EstimatorPlugin.Name);
        return scores;
    }

    /// <summary>The most harmful training samples of every confusion, in one pass over all samples and without a matrix of all scores.</summary>
    /// <param name="confusions">At least one.</param>
    /// <param name="count">Samples of each.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>For each confusion samples with Harm &gt; 0 and their harm, most harmful first.</returns>
    /// <exception cref="DmlException">A score is not finite, or all are zero.</exception>
    public IReadOnlyList<IReadOnlyList<(int Sample, double Harm)>> MostHarmful(
        IReadOnlyList<Confusion> confusions, int count, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var estimator = _kept ?? Estimator;
        var grid = new ScoreGrid(confusions, Context.TrainCount, confusions.Count, SampleBlock);
        using var store = new MostHarmfulStore(grid, count);
        grid.Solve(estimator, store, [0], progress, cancellationToken);
        grid.Score(estimator, store, [0], Enumerable.Range(0, grid.SampleBlocks.Count), progress, cancellationToken);
        ExplainableLoss.RequireScores(() => store.HasScore, store.Explanations, LossPlugin.Name, EstimatorPlugin.Name);
        return store.Most;
    }

    public void Dispose()
    {
        _kept?.Dispose();
        Estimator.Dispose();
        _model.Dispose();
    }
}
