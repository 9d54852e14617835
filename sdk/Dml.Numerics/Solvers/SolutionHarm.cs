using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Harm of training samples from h of each target: <c>dl_i/dW = g_i f_i^T</c>, so its product with h is <c>g_i . h f_i</c>.</summary>
public static class SolutionHarm
{
    private const string SolutionsName = "h";

    /// <summary>Solved targets that hold h.</summary>
    /// <param name="targets">T explanations.</param>
    /// <param name="solutions">h, (T, E, D); leaves its dispose scope.</param>
    public static SolvedTargets Solved(IReadOnlyList<TargetExplanation> targets, Tensor solutions)
    {
        ArgumentNullException.ThrowIfNull(solutions);
        return new(targets, new Dictionary<string, Tensor> { [SolutionsName] = solutions.DetachFromDisposeScope() });
    }

    /// <summary>A block of samples, which gives <c>g_i . h f_i</c> in the context's precision.</summary>
    /// <param name="hessian">The model's features and gradients; it must stay alive.</param>
    /// <param name="samples">The samples.</param>
    public static ISampleBlock At(HeadHessian hessian, SampleRange samples)
    {
        ArgumentNullException.ThrowIfNull(hessian);
        return new Block(hessian, samples);
    }

    private sealed class Block : ISampleBlock
    {
        private readonly Tensor _features;
        private readonly Tensor _lossGradients;

        public Block(HeadHessian hessian, SampleRange samples)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _features = hessian.Features(samples).DetachFromDisposeScope();
            _lossGradients = hessian.SampleGradients(samples).DetachFromDisposeScope();
        }

        public Tensor Score(SolvedTargets targets)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var solutions = targets.State[SolutionsName];
            var harm = empty([solutions.shape[0], _features.shape[0]], dtype: _features.dtype, device: _features.device);
            for (var t = 0; t < solutions.shape[0]; t++)
            {
                using var targetScope = NewDisposeScope();
                harm[t].copy_(_features.mm(solutions[t].to(_features.device).t()).mul_(_lossGradients).sum(dim: 1));
            }

            return harm.MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _features.Dispose();
            _lossGradients.Dispose();
        }
    }
}
