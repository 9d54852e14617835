using Dml.Engine.Explaining;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>
/// The influence of every training sample on some confusions. <b>Harm &gt; 0: training on the sample makes the error worse</b>;
/// below 0 it helps. Samples of equal harm stand in the order of their indices.
/// </summary>
public sealed class Explanation : IDisposable
{
    private readonly Model _model;
    private readonly InfluenceResult _result;
    private readonly Dictionary<string, int> _rows;

    internal Explanation(Model model, InfluenceResult result)
    {
        (_model, _result) = (model, result);
        _rows = result.Scores.Targets.Index().ToDictionary(t => t.Item.Confusion.Name, t => t.Index, StringComparer.Ordinal);
    }

    /// <summary>What was explained, in the order asked for.</summary>
    public IReadOnlyList<Confusion> Confusions => [.. _result.Scores.Targets.Select(t => t.Confusion)];

    /// <summary>How each was explained: its distance, walks, and how far a solver can be trusted.</summary>
    public IReadOnlyList<TargetExplanation> Targets => _result.Scores.Targets;

    /// <summary>Plugin name of the estimator.</summary>
    public string Estimator => _result.Estimator;

    /// <summary>Whether the sign of a score tells harm from help; where not, scores are relevance.</summary>
    public bool IsSigned => _result.Signed;

    /// <summary>What a reader must know of the loss, one sentence; null where there is nothing to say.</summary>
    public string? Note => _result.LossNote;

    /// <summary>(T, N), a row a confusion, a column a training sample; float32 or float64; owned by this explanation.</summary>
    public Tensor Harm => _result.Scores.Harm;

    /// <summary>Harm of all N training samples.</summary>
    /// <param name="confusion">One of those explained.</param>
    public double[] HarmOf(Confusion confusion) => _result.HarmOf(Row(confusion));

    /// <summary>The samples with harm above 0, most harmful first; of an estimator without a sign, the most relevant ones.</summary>
    /// <param name="confusion">One of those explained.</param>
    /// <param name="count">Most samples.</param>
    public IReadOnlyList<Cause> MostHarmful(Confusion confusion, int count = 10) =>
        Causes(confusion, harm => IsSigned ? ScoreRanking.MostHarmful(harm, count) : ScoreRanking.MostRelevant(harm, count));

    /// <summary>The samples with harm below 0, most helpful first; none of an estimator without a sign.</summary>
    /// <param name="confusion">One of those explained.</param>
    /// <param name="count">Most samples.</param>
    public IReadOnlyList<Cause> MostHelpful(Confusion confusion, int count = 10) =>
        Causes(confusion, harm => IsSigned ? ScoreRanking.MostHelpful(harm, count) : []);

    /// <summary>One line on a confusion: its size, its distance, the most harmful and the most helpful sample, as `dml influence` prints it.</summary>
    /// <param name="confusion">One of those explained.</param>
    public string Describe(Confusion confusion)
    {
        var row = Row(confusion);
        return InfluenceText.Line(_result, row, _model.Names);
    }

    /// <summary>Frees the scores.</summary>
    public void Dispose() => _result.Dispose();

    private Cause[] Causes(Confusion confusion, Func<double[], IReadOnlyList<int>> rank)
    {
        var harm = HarmOf(confusion);
        return [.. rank(harm)
            .Select(i => new Cause(i, _model.Features.TrainIds[i], _model.TrainingLabels[i], _model.ClassName(_model.TrainingLabels[i]), harm[i]))];
    }

    private int Row(Confusion confusion)
    {
        ArgumentNullException.ThrowIfNull(confusion);
        return _rows.TryGetValue(confusion.Name, out var row) ? row
            : throw new ArgumentException($"Expected one of the {_rows.Count} confusions that were explained, found \"{confusion.Name}\".", nameof(confusion));
    }
}
