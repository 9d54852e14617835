using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Shares of training samples in a loss that is no mean of samples: <c>s_i = N dL/dw_i</c> at weights of 1, L the loss of batches as a
/// function of the samples' weights. Of a mean of samples the share is <c>l_i</c>, so whatever is said of a sample's loss holds for its
/// share. A share depends on the embeddings of all samples that it shares a batch with, and everything here is differentiated automatically, in
/// float64 whatever the context's precision.
/// </summary>
public sealed partial class LossShares
{
    /// <summary>Most samples of a loss that cannot be formed in blocks.</summary>
    private const long MostWhole = 4096;

    /// <summary>Most elements of the moves of embeddings along all directions.</summary>
    private const long Elements = 1 << 26;

    private readonly InfluenceContext _context;
    private readonly WeightedLoss _loss;

    /// <summary>Draws batches.</summary>
    /// <param name="context">The model; it must stay alive.</param>
    /// <param name="options">Which loss it is; null for the mean loss of batches.</param>
    /// <exception cref="DmlException">There are too many samples for the loss of the whole set.</exception>
    public LossShares(InfluenceContext context, ShareOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _loss = (options ?? new()) switch
        {
            { Of: ShareBasis.Batches } drawn => Batches(context, drawn),
            _ when context.Loss is PairLoss { IsOfRows: true } pairs => new WeightedLoss.OfPairs(context, pairs),
            _ when context.TrainCount <= MostWhole => new WeightedLoss.OfBatches(
                context, [[.. Enumerable.Range(0, (int)context.TrainCount).Select(i => (long)i)]], WeightedLoss.OfPairs.WholeName),
            _ => throw new DmlException(
                "shares.of", $"batches for {context.Loss.GetType().Name}, whose loss is formed at once, with more than {MostWhole} training samples",
                $"full with {context.TrainCount}"),
        };
    }

    /// <summary>Which loss it is, for <see cref="TargetExplanation.Path"/>.</summary>
    public string Path => _loss.Name;

    /// <summary>Whether the shares of any of the samples depend on where their embeddings lie.</summary>
    /// <param name="context">A model whose loss is no mean of samples.</param>
    public static bool Move(InfluenceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (var set in Batches(context, new() { Passes = 1 }).Sets)
        {
            using var scope = NewDisposeScope();
            var embeddings = set.Times(Weight(context.HeadWeight).unsqueeze(0)).squeeze(1) + context.HeadBias.to(float64);
            if (LossDependence.OnEmbeddings(context.Loss, embeddings, set.Labels())) return true;
        }

        return false;
    }

    /// <summary>The shares at a head.</summary>
    /// <param name="headWeight">W, (E, D).</param>
    /// <param name="cancellationToken">Stops it between batches or blocks.</param>
    /// <returns>s, (N), float64, without a graph.</returns>
    public Tensor Of(Tensor headWeight, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headWeight);
        using var scope = NewDisposeScope();
        var shares = Zeros(_context.TrainCount);
        var weight = Weight(headWeight);
        var totals = Totals(weight, cancellationToken);
        using var gradient = enable_grad();
        Visit(weight, (set, sums, weights) =>
        {
            foreach (var (k, sum) in sums.Index())
            {
                var (total, count) = totals is null ? (0, _loss.Divisor) : totals[k];
                var value = sum.Count is null ? sum.Sum / count : (sum.Sum / count) - (sum.Count * (total / (count * count)));
                if (value.requires_grad) set.AddTo(shares, Gradients.Kept(value, [weights])[0], _context.TrainCount);
            }
        }, cancellationToken);
        return shares.MoveToOuterDisposeScope();
    }

    /// <summary>The derivatives of the shares along directions of W, at the trained W: <c>ds_i/dW . V</c>.</summary>
    /// <param name="directions">V, (T, E, D).</param>
    /// <param name="cancellationToken">Stops it between batches or blocks.</param>
    /// <returns>(T, N), float64, without a graph.</returns>
    public Tensor Along(Tensor directions, CancellationToken cancellationToken = default) => Along(_context.HeadWeight, directions, cancellationToken);

    /// <summary>
    /// How the shares change between two heads, by the derivative halfway between them: exact to third order in the distance. What jumps, as the choice of a
    /// miner or a count of pairs that are not zero, counts with its slopes alone, as in a training: no gradient contains a jump.
    /// </summary>
    /// <param name="from">W, (E, D).</param>
    /// <param name="to">W, (E, D).</param>
    /// <param name="cancellationToken">Stops it between batches or blocks.</param>
    /// <returns>(N), float64, without a graph.</returns>
    public Tensor Change(Tensor from, Tensor to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        using var scope = NewDisposeScope();
        var (start, end) = (Weight(from), Weight(to));
        return Along((start + end) / 2, (end - start).unsqueeze(0), cancellationToken).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>H V with H the Hessian of L in W at weights of 1: a <see cref="SymmetricOperator"/>.</summary>
    /// <param name="directions">V, (T, E, D).</param>
    /// <param name="cancellationToken">Stops it between batches or blocks.</param>
    /// <returns>(T, E, D), dtype of the directions, a new tensor.</returns>
    public Tensor Multiply(Tensor directions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(directions);
        using var scope = NewDisposeScope();
        var product = zeros(directions.shape, dtype: float64, device: directions.device);
        var first = 0L;
        foreach (var chunk in Chunks(directions))
        {
            Differentiate(_context.HeadWeight, chunk, product.narrow(0, first, chunk.shape[0]), cancellationToken);
            first += chunk.shape[0];
        }

        return product.to(directions.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>H itself, row e D + d. For small heads: see <see cref="DenseSolver.MostRows"/>.</summary>
    /// <param name="cancellationToken">Stops it between batches or blocks.</param>
    /// <returns>(E D, E D), float64, symmetric, a new tensor.</returns>
    public Tensor ToMatrix(CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var count = _context.HeadWeight.numel();
        var units = eye(count, dtype: float64, device: _context.HeadWeight.device).view(-1, _context.HeadWeight.shape[0], _context.HeadWeight.shape[1]);
        var matrix = Multiply(units, cancellationToken).view(count, count);
        return ((matrix + matrix.t()) / 2).MoveToOuterDisposeScope();
    }

    private Tensor Along(Tensor headWeight, Tensor directions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(directions);
        using var scope = NewDisposeScope();
        return cat([.. Chunks(directions).Select(chunk => Differentiate(headWeight, chunk, null, cancellationToken))]).MoveToOuterDisposeScope();
    }

    private static WeightedLoss.OfBatches Batches(InfluenceContext context, ShareOptions options)
    {
        var shape = context.Batches;
        var batches = BatchDraws.Of(context, options.Passes, options.Seed);
        var form = context.Sampler is not null ? $"{batches[0].Length} by the training's sampler"
            : shape.IsBalanced ? $"{shape.Classes} x {shape.Images}" : $"{shape.Classes * shape.Images}";
        return new(context, batches, $"shares of {batches.Count} batches of {form}");
    }

    private static Tensor Weight(Tensor headWeight) => headWeight.detach().to(float64);

    private Tensor Zeros(params long[] shape) => zeros(shape, dtype: float64, device: _context.HeadWeight.device);

    private IEnumerable<Tensor> Chunks(Tensor directions)
    {
        var rows = Math.Max(1, Elements / (_loss.Sets.Max(s => s.Count) * directions.shape[1]));
        return SampleRange.Grid(directions.shape[0], rows).Select(r => directions.narrow(0, r.Start, r.Count).to(float64));
    }

    /// <summary>S_k and Z_k of all parts; null where no weight changes a divisor.</summary>
    private List<(double Sum, double Count)>? Totals(Tensor weight, CancellationToken cancellationToken)
    {
        if (_loss is WeightedLoss.OfBatches) return null;
        using var noGradient = no_grad();
        var totals = new List<(double Sum, double Count)>();
        Visit(weight, (_, sums, _) =>
        {
            foreach (var (k, sum) in sums.Index())
            {
                if (totals.Count <= k) totals.Add((0, sum.Count is null ? _loss.Divisor : 0));
                totals[k] = (totals[k].Sum + sum.Sum.item<double>(), totals[k].Count + (sum.Count?.item<double>() ?? 0));
            }
        }, cancellationToken);
        return [.. totals.Select(t => (t.Sum, Math.Max(t.Count, PairLoss.LeastCount)))];
    }

    /// <summary>Visits each part, with embeddings and weights that are followed.</summary>
    private void Visit(Tensor weight, Action<SampleSet, IReadOnlyList<LossSum>, Tensor> visit, CancellationToken cancellationToken)
    {
        foreach (var set in _loss.Sets)
        {
            using var scope = NewDisposeScope();
            var (embeddings, weights) = Point(set, weight);
            for (var part = 0; part < _loss.Parts(set); part++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var partScope = NewDisposeScope();
                visit(set, _loss.At(set, part, embeddings, weights), weights);
            }
        }
    }

    private (Tensor Embeddings, Tensor Weights) Point(SampleSet set, Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var embeddings = (set.Times(weight.unsqueeze(0)).squeeze(1) + _context.HeadBias.to(float64)).detach();
        var weights = ones([set.Count], dtype: float64, device: weight.device);
        return (embeddings.requires_grad_().MoveToOuterDisposeScope(), weights.requires_grad_().MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The derivative of the shares along the directions, (T, N), or into <paramref name="hessian"/> that of the gradient in W, (T, E, D). With
    /// <c>L = sum_k S_k / Z_k</c>, Z of the weights alone, the first is <c>d/dw dS/Z - dS dZ/dw / Z^2</c>, dS the change of S.
    /// </summary>
    private Tensor Differentiate(Tensor headWeight, Tensor directions, Tensor? hessian, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var weight = Weight(headWeight);
        var (count, totals) = (directions.shape[0], Totals(weight, cancellationToken));
        var along = Zeros(count, _context.TrainCount);
        var parts = totals?.Count ?? 1;
        var changes = new double[parts, count];
        Tensor[] counts = [.. Enumerable.Range(0, parts).Select(_ => Zeros(_context.TrainCount))];
        foreach (var set in _loss.Sets)
        {
            using var setScope = NewDisposeScope();
            using var gradient = enable_grad();
            var (embeddings, weights) = Point(set, weight);
            var moves = set.Times(directions);
            var products = hessian is null ? null : zeros([count, set.Count, weight.shape[0]], dtype: float64, device: weight.device);
            for (var part = 0; part < _loss.Parts(set); part++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var partScope = NewDisposeScope();
                foreach (var (k, sum) in _loss.At(set, part, embeddings, weights).Index())
                {
                    var divisor = totals is null ? _loss.Divisor : totals[k].Count;
                    if (sum.Count is { requires_grad: true }) set.AddTo(counts[k], Gradients.Kept(sum.Count, [weights])[0], 1);
                    var slope = Gradients.Followed(sum.Sum, embeddings);
                    for (var t = 0; t < count; t++)
                    {
                        using var targetScope = NewDisposeScope();
                        var change = (slope * moves.select(1, t)).sum();
                        changes[k, t] += change.item<double>();
                        if (!change.requires_grad) continue;
                        var gradients = Gradients.Kept(change, products is null ? [weights] : [embeddings]);
                        if (products is null) set.AddTo(along[t], gradients[0], _context.TrainCount / divisor);
                        else products[t].add_(gradients[0], alpha: 1 / divisor);
                    }
                }
            }

            for (var t = 0; products is not null && t < count; t++) set.AddOuter(hessian!, t, products[t]);
        }

        for (var k = 0; totals is not null && k < parts; k++)
        {
            for (var t = 0; t < count; t++) along[t].add_(counts[k], alpha: -changes[k, t] * _context.TrainCount / (totals[k].Count * totals[k].Count));
        }

        return along.MoveToOuterDisposeScope();
    }
}
