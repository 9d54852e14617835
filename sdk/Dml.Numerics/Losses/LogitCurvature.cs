using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Derivatives of a softmax loss in the cosines where logit c is any function of the K cosines of class c. With g and H the gradient and
/// Hessian of the softmax in the logits, <c>j_ck = dz_c / dcos_ck</c> and <c>b_ckk' = g_c d2z_c / dcos_ck dcos_ck'</c>, the gradient
/// is <c>g_c j_ck</c> and the Hessian <c>J^T H J + B</c>. j and b are formed once, by automatic differentiation.
/// </summary>
internal sealed class LogitCurvature : ICosineCurvature
{
    private readonly SoftmaxCurvature _softmax;
    private readonly Tensor _slopes;
    private readonly Tensor? _bends;

    /// <summary>Fixes the point.</summary>
    /// <param name="logits">(n, C) logits from cosines and labels.</param>
    /// <param name="cosines">(n, C K).</param>
    /// <param name="labels">(n), int64.</param>
    public LogitCurvature(Func<Tensor, Tensor, Tensor> logits, Tensor cosines, Tensor labels)
    {
        using var gradient = enable_grad();
        using var scope = NewDisposeScope();
        var followed = cosines.detach().requires_grad_();
        var values = logits(followed, labels);
        var (count, classes) = (values.shape[0], values.shape[1]);
        var perClass = cosines.shape[1] / classes;
        _softmax = SoftmaxCurvature.FromLogits(1, values.detach(), labels);
        var slopes = Gradients.Of(values.sum(), followed).reshape(count, classes, perClass);
        Gradient = (_softmax.Gradient.unsqueeze(2) * slopes).reshape(cosines.shape).DetachFromDisposeScope();
        _slopes = slopes.DetachFromDisposeScope();

        // A class's cosines bend no other class's logit, so that direction k of all classes at once gives column k of every block.
        var weighted = (Tensor rows) => (_softmax.Gradient * logits(rows, labels)).sum(1);
        var directions = eye(perClass, dtype: cosines.dtype, device: cosines.device).repeat(1, classes);
        var columns = Enumerable.Range(0, (int)perClass).Select(k =>
            Gradients.HessianProducts(weighted, cosines, directions[k].expand(cosines.shape).contiguous()).reshape(count, classes, perClass));
        var bends = stack(columns, 3);
        if (bends.any().item<bool>()) _bends = bends.DetachFromDisposeScope();
    }

    public Tensor Gradient { get; }

    public Tensor Multiply(SampleRange samples, Tensor directions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var product = MultiplyConvex(samples, directions);
        if (_bends is null) return product.MoveToOuterDisposeScope();
        var (bends, count) = (_bends.narrow(0, samples.Start, samples.Count), directions.shape[1]);
        var (classes, perClass) = (bends.shape[1], bends.shape[2]);
        var change = directions.view(-1, count, classes, perClass);
        var bent = perClass == 1
            ? change * bends.view(-1, 1, classes, 1)
            : change.transpose(1, 2).reshape(-1, count, perClass).bmm(bends.reshape(-1, perClass, perClass)).view(-1, classes, count, perClass).transpose(1, 2);
        return product.add_(bent.reshape(directions.shape)).MoveToOuterDisposeScope();
    }

    public Tensor MultiplyConvex(SampleRange samples, Tensor directions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var slopes = _slopes.narrow(0, samples.Start, samples.Count).unsqueeze(1);
        var logitChange = (slopes * directions.view(directions.shape[0], directions.shape[1], slopes.shape[2], slopes.shape[3])).sum(3);
        return (_softmax.Multiply(samples, logitChange).unsqueeze(3) * slopes).reshape(directions.shape).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _softmax.Dispose();
        _slopes.Dispose();
        _bends?.Dispose();
        Gradient.Dispose();
    }
}
