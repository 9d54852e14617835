using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Gradients of the loss of one batch, and their derivatives along T directions at once. Of a mean of samples whose loss states its derivatives in closed
/// form (<see cref="ProxyCurvature"/>), W alone moving, all directions meet the batch in two matrix products. Otherwise the parameters are repeated T times,
/// so that one differentiation of <c>sum_t &lt;direction_t, gradient_t&gt;</c> gives every Hessian product and every sample's product. All in float64.
/// </summary>
internal sealed class BatchGradients : IDisposable
{
    private readonly InfluenceContext _context;
    private readonly IProxyLoss? _proxies;
    private readonly ProxyCurvature? _curvature;
    private readonly Tensor _bias;

    /// <param name="context">The model.</param>
    /// <param name="movesProxies">Whether the proxies are parameters.</param>
    /// <param name="closedForm">Whether to use derivatives that the loss states.</param>
    public BatchGradients(InfluenceContext context, bool movesProxies, bool closedForm = true)
    {
        (_context, _proxies) = (context, movesProxies ? (IProxyLoss)context.Loss : null);
        if (closedForm && !movesProxies && context.Loss is IProxyLoss { IsMeanOfSamples: true } loss && ProxyCurvature.Serves(loss))
        {
            _curvature = new(loss, float64, gaussNewton: false);
        }

        using var scope = NewDisposeScope();
        _bias = context.HeadBias.detach().to(float64, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Most embeddings or cosines of a batch, all directions together.</summary>
    public long MostElements { get; init; } = 1 << 21;

    /// <summary>The parameters that a training begins with, float64, new tensors.</summary>
    /// <param name="freshSeed">Seed of parameters that are drawn anew; null for those of the model.</param>
    public IReadOnlyList<Tensor> Start(int? freshSeed = null)
    {
        using var scope = NewDisposeScope();
        Tensor[] trained = _proxies is null ? [_context.HeadWeight] : [_context.HeadWeight, _proxies.Proxies];
        Tensor[] begun = freshSeed is { } seed ? [.. FreshParameters.Like(trained, seed)] : [.. trained.Select(p => p.detach().to(float64, copy: true))];
        return [.. begun.Select(p => p.MoveToOuterDisposeScope())];
    }

    /// <summary>The gradient of the batch's loss in each parameter.</summary>
    /// <param name="parameters">W, and the proxies if they move.</param>
    /// <param name="batch">Indices of its samples.</param>
    /// <param name="weights">(N) sample weights, float64, or null for 1 throughout.</param>
    public IReadOnlyList<Tensor> At(IReadOnlyList<Tensor> parameters, long[] batch, Tensor? weights)
    {
        if (_curvature is not null) return [ClosedGradient(parameters[0], batch, weights)];
        using var gradient = enable_grad();
        using var scope = NewDisposeScope();
        Tensor[] followed = [.. parameters.Select(p => p.detach().unsqueeze(0).requires_grad_())];
        var own = (weights is null ? ones(batch.Length, float64) : weights.index_select(0, tensor(batch))).unsqueeze(0);
        var found = Gradients.Of(Loss(followed, batch, own), followed);
        return [.. found.Select(g => g.squeeze(0).detach().MoveToOuterDisposeScope())];
    }

    /// <summary>Derivatives of <c>&lt;direction_t, gradient&gt;</c>.</summary>
    /// <param name="parameters">W, and the proxies if they move.</param>
    /// <param name="batch">Indices of its samples.</param>
    /// <param name="weights">(N) sample weights at which they are taken, float64, or null for 1 throughout.</param>
    /// <param name="directions">For each parameter (T, ...).</param>
    /// <returns>For each parameter the product of the Hessian with the directions, (T, ...), and the derivatives in the samples' weights, (T, B).</returns>
    public (IReadOnlyList<Tensor> Products, Tensor OfWeights) Along(
        IReadOnlyList<Tensor> parameters, long[] batch, Tensor? weights, IReadOnlyList<Tensor> directions)
    {
        using var scope = NewDisposeScope();
        var own = weights?.index_select(0, tensor(batch));
        var width = Math.Max(parameters.Max(p => p.shape[0]), _curvature?.ProxyCount ?? 0);
        var parts = SampleRange.Grid(directions[0].shape[0], Math.Max(1, MostElements / (batch.Length * width)));
        var found = parts.Select(part => _curvature is not null
            ? ClosedPart(parameters[0], batch, own, directions[0].narrow(0, part.Start, part.Count))
            : Part(parameters, batch, own, [.. directions.Select(d => d.narrow(0, part.Start, part.Count))])).ToList();
        return (
            [.. parameters.Select((_, k) => Joined([.. found.Select(f => f.Products[k])]).MoveToOuterDisposeScope())],
            Joined([.. found.Select(f => f.OfWeights)]).MoveToOuterDisposeScope());
    }

    /// <summary>Frees what was made of the model.</summary>
    public void Dispose()
    {
        _curvature?.Dispose();
        _bias.Dispose();
    }

    private static Tensor Joined(Tensor[] parts) => parts is [var one] ? one : cat(parts);

    private Tensor ClosedGradient(Tensor weight, long[] batch, Tensor? weights)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (features, block) = At(weight, batch);
        using (block)
        {
            var gradients = block.Gradient();
            if (weights is not null) gradients.mul_(weights.index_select(0, tensor(batch)).unsqueeze(1));
            return gradients.t().mm(features).div_(batch.Length).MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// <c>a_it = V_t f_i</c>, <c>H V_t = sum_i w_i (B_i a_it) f_i^T / B</c> and <c>g_i . a_it / B</c>, with g_i and B_i as in <see cref="ICurvature"/>.
    /// </summary>
    private (Tensor[] Products, Tensor OfWeights) ClosedPart(Tensor weight, long[] batch, Tensor? weights, Tensor directions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (count, size) = (directions.shape[0], batch.Length);
        var (features, block) = At(weight, batch);
        using (block)
        {
            var along = features.mm(directions.flatten(0, 1).t()).view(size, count, -1);
            var own = along.bmm(block.Gradient().unsqueeze(2)).squeeze(2).t() / size;
            var bent = block.Multiply(new(0, size), along).view(size, -1);
            if (weights is not null) bent.mul_(weights.unsqueeze(1));
            var products = bent.t().mm(features).view(directions.shape).div_(size);
            return ([products.MoveToOuterDisposeScope()], own.MoveToOuterDisposeScope());
        }
    }

    private (Tensor Features, ICurvatureBlock Block) At(Tensor weight, long[] batch)
    {
        var features = _context.TrainFeaturesAt(batch).to(float64);
        var labels = _context.TrainLabels.index_select(0, tensor(batch));
        return (features, _curvature!.At(addmm(_bias, features, weight.t(), 1, 1), labels));
    }

    private (Tensor[] Products, Tensor OfWeights) Part(IReadOnlyList<Tensor> parameters, long[] batch, Tensor? own, Tensor[] directions)
    {
        using var gradient = enable_grad();
        using var scope = NewDisposeScope();
        var count = directions[0].shape[0];
        Tensor[] followed = [.. parameters.Select(p => p.detach().unsqueeze(0).repeat([count, 1, 1]).requires_grad_())];
        var weights = (own is null ? ones([count, batch.Length], dtype: float64) : own.unsqueeze(0).repeat([count, 1])).requires_grad_();
        var first = Gradients.Followed(Loss(followed, batch, weights), followed);
        var product = first.Zip(directions, (g, d) => (g * d).sum()).Aggregate((a, b) => a + b);
        if (!product.requires_grad) return ([.. followed.Select(p => zeros_like(p).MoveToOuterDisposeScope())], zeros_like(weights).MoveToOuterDisposeScope());
        var second = Gradients.Of(product, [.. followed, weights]);
        return (
            [.. second.Take(followed.Length).Select(g => g.detach().MoveToOuterDisposeScope())], second[followed.Length].detach().MoveToOuterDisposeScope());
    }

    /// <summary>The sum over T copies of the parameters of the batch's loss.</summary>
    /// <param name="parameters">(T, E, D), and (T, P, E) if the proxies move.</param>
    /// <param name="batch">B samples.</param>
    /// <param name="weights">(T, B).</param>
    private Tensor Loss(Tensor[] parameters, long[] batch, Tensor weights)
    {
        var (count, size) = (weights.shape[0], (long)batch.Length);
        var features = _context.TrainFeaturesAt(batch).to(float64);
        var labels = _context.TrainLabels.index_select(0, tensor(batch));
        var embeddings = features.mm(parameters[0].flatten(0, 1).t()).view(size, count, -1).transpose(0, 1) + _bias;
        if (!_context.Loss.IsMeanOfSamples)
        {
            var losses = Enumerable.Range(0, (int)count).Select(t => _context.Loss.BatchLoss(embeddings[t], labels, weights[t]));
            return losses.Aggregate((a, b) => a + b);
        }

        var rows = embeddings.reshape(count * size, -1);
        var repeated = labels.repeat(count);
        if (_proxies is null) return (_context.Loss.PerSample(rows, repeated).view(count, size) * weights).sum() / size;
        var proxies = parameters[1];
        var units = UnitRows.Of(proxies.reshape(-1, proxies.shape[2])).view(proxies.shape);
        var cosines = UnitRows.Of(rows).view(count, size, -1).bmm(units.transpose(1, 2));
        return (_proxies.FromCosines(cosines.reshape(count * size, -1), repeated).view(count, size) * weights).sum() / size;
    }
}
