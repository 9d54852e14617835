using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>A context with two earlier moments of its training, whose features, heads and proxies all differ.</summary>
internal sealed class CheckpointedProblem : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public CheckpointedProblem(InfluenceContext last)
    {
        Context = last with { Checkpoints = [At(last, 0.5), At(last, 0.8)] };
    }

    public InfluenceContext Context { get; }

    public void Dispose()
    {
        foreach (var checkpoint in Context.Checkpoints) checkpoint.Loss.Dispose();
        _scope.Dispose();
    }

    private static InfluenceContext At(InfluenceContext last, double share)
    {
        using var noGradient = no_grad();
        var loss = SmallProblem.ProxyNca(new(3, 4, last.Precision, CPU));
        foreach (var (mine, final) in loss.Parameters.Zip(last.Loss.Parameters)) mine.Value.copy_(final.Value * share + 0.1);
        return last with
        {
            TrainFeatures = (last.TrainFeatures * share) + 0.2,
            TestFeatures = (last.TestFeatures * share) - 0.1,
            HeadWeight = (last.HeadWeight * share) + 0.05,
            HeadBias = last.HeadBias * share,
            Loss = loss,
        };
    }
}
