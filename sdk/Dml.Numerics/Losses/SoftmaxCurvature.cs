using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Derivatives of <c>l_i = -log softmax(s x_i)[y_i]</c> in x_i: the gradient <c>s (p - 1_y)</c> and the Hessian <c>s^2 (diag p - p p^T)</c>,
/// which is never negative. What a softmax loss of scaled cosines returns from <see cref="IProxyLoss.CurvatureAt"/>.
/// </summary>
public sealed class SoftmaxCurvature : ICosineCurvature
{
    private readonly double _squaredScale;
    private readonly Tensor _probabilities;
    private readonly Tensor _labels;

    /// <summary>Fixes the point.</summary>
    /// <param name="scale">s, the logit of a cosine of 1.</param>
    /// <param name="cosines">(n, P), floating point.</param>
    /// <param name="labels">(n), int64.</param>
    public SoftmaxCurvature(double scale, Tensor cosines, Tensor labels)
        : this(Scaled(cosines, scale), scale, labels)
    {
    }

    private SoftmaxCurvature(Tensor probabilities, double scale, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _squaredScale = scale * scale;
        _probabilities = probabilities;
        _labels = labels.view(-1, 1, 1).DetachFromDisposeScope();

        // p_y - 1 is minus the sum of the others: a confident sample keeps its digits.
        var index = labels.unsqueeze(1);
        var gradient = _probabilities.scatter(1, index, _probabilities.new_zeros([_probabilities.shape[0], 1]));
        gradient = gradient.scatter(1, index, -gradient.sum(1, keepdim: true));
        Gradient = gradient.mul_(scale).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Gradient { get; }

    /// <summary>Fixes the point of a loss whose logits are the cosines times a constant plus other constants, such as margins.</summary>
    /// <param name="scale">s, by how much a logit moves when its cosine moves by 1.</param>
    /// <param name="logits">(n, P), floating point.</param>
    /// <param name="labels">(n), int64.</param>
    public static SoftmaxCurvature FromLogits(double scale, Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return new(Softmax(logits), scale, labels);
    }

    /// <inheritdoc/>
    public Tensor Multiply(SampleRange samples, Tensor directions)
    {
        ArgumentNullException.ThrowIfNull(directions);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var probabilities = _probabilities.narrow(0, samples.Start, samples.Count).unsqueeze(1);
        var own = directions.gather(2, _labels.narrow(0, samples.Start, samples.Count).expand(-1, directions.shape[1], -1));

        // The Hessian does not see a shift; counted from the own logit a confident sample keeps its digits.
        var relative = directions - own;
        var mean = relative.bmm(probabilities.transpose(1, 2));
        return relative.sub_(mean).mul_(probabilities).mul_(_squaredScale).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _probabilities.Dispose();
        _labels.Dispose();
        Gradient.Dispose();
    }

    private static Tensor Scaled(Tensor cosines, double scale)
    {
        ArgumentNullException.ThrowIfNull(cosines);
        using var scope = NewDisposeScope();
        return Softmax(cosines * scale);
    }

    /// <summary>Probabilities that no scope owns.</summary>
    private static Tensor Softmax(Tensor logits)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return logits.softmax(1).DetachFromDisposeScope();
    }
}
