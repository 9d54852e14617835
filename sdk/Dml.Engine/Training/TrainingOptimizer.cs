using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Engine.Training;

/// <summary>Adam or AdamW with one group each for backbone, head and loss, whose moments can be saved and restored bit for bit.</summary>
internal sealed class TrainingOptimizer : IDisposable
{
    private readonly OptimizerHelper _optimizer;
    private readonly double[] _rates;

    /// <summary>Starts with fresh moments.</summary>
    /// <param name="groups">Parameters with their learning rate and weight decay; empty groups are left out.</param>
    /// <param name="options">Kind, betas and epsilon.</param>
    public TrainingOptimizer(IEnumerable<(IReadOnlyList<Parameter> Parameters, double Rate, double Decay)> groups, OptimizerOptions options)
    {
        var used = groups.Where(g => g.Parameters.Count > 0).ToList();
        _rates = [.. used.Select(g => g.Rate)];
        _optimizer = options.Kind == OptimizerKind.AdamW
            ? optim.AdamW(
                used.Select(g => new AdamW.ParamGroup(g.Parameters, g.Rate, options.Beta1, options.Beta2, options.Epsilon, g.Decay)), options.LearningRate)
            : optim.Adam(
                used.Select(g => new Adam.ParamGroup(g.Parameters, g.Rate, options.Beta1, options.Beta2, options.Epsilon, g.Decay)), options.LearningRate);
    }

    /// <summary>Updates done to each parameter: one less wherever a parameter once had no gradient.</summary>
    public IReadOnlyList<long> Steps
    {
        get => [.. _optimizer.state_dict().State.Select(s => s is AdamW.State w ? w.step : ((Adam.State)s).step)];
        private set
        {
            foreach (var (state, step) in _optimizer.state_dict().State.Zip(value))
            {
                if (state is AdamW.State w) w.step = step;
                else ((Adam.State)state).step = step;
            }
        }
    }

    /// <summary>The live moments (no copies), always in the same order.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Moments =>
    [
        .. _optimizer.state_dict().State.Index().SelectMany(s =>
        {
            var (mean, square) = s.Item is AdamW.State w ? (w.exp_avg, w.exp_avg_sq) : (((Adam.State)s.Item).exp_avg, ((Adam.State)s.Item).exp_avg_sq);
            return new[] { ($"{s.Index}.mean", mean), ($"{s.Index}.square", square) };
        }),
    ];

    /// <summary>Multiplies every group's configured learning rate.</summary>
    public void SetRateFactor(double factor)
    {
        foreach (var (group, rate) in _optimizer.ParamGroups.Zip(_rates)) group.LearningRate = rate * factor;
    }

    /// <summary>Clears the gradients.</summary>
    public void ZeroGradients() => _optimizer.zero_grad();

    /// <summary>Updates the parameters.</summary>
    public void Step() => _optimizer.step();

    /// <summary>Goes back to saved moments.</summary>
    /// <param name="moments">By the names of <see cref="Moments"/>.</param>
    /// <param name="steps">As of <see cref="Steps"/>.</param>
    public void Restore(IReadOnlyDictionary<string, Tensor> moments, IReadOnlyList<long> steps)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, moment) in Moments) moment.copy_(moments[name]);
        Steps = steps;
    }

    public void Dispose()
    {
        // The last gradients would otherwise stay with the parameters.
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        _optimizer.Dispose();
    }
}
