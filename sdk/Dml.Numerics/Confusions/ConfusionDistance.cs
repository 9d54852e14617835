using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// <c>d(G) = mean_p ||n(e_a) - n(e_b)||^2</c> of a confusion as a function of the embeddings of its r distinct test items, in float64
/// whatever the run's precision: r embeddings cost nothing and every estimator starts from d and its gradient.
/// </summary>
public sealed class ConfusionDistance
{
    private readonly (int A, int B)[] _pairs;

    private ConfusionDistance(IReadOnlyList<int> items, (int A, int B)[] pairs, double[] features, double[] embeddings, int featureSize)
    {
        (Items, _pairs, Features, Embeddings, FeatureSize) = (items, pairs, features, embeddings, featureSize);
        EmbeddingSize = embeddings.Length / items.Count;
    }

    /// <summary>The r distinct test items, in order of first appearance.</summary>
    public IReadOnlyList<int> Items { get; }

    /// <summary>D.</summary>
    public int FeatureSize { get; }

    /// <summary>E.</summary>
    public int EmbeddingSize { get; }

    /// <summary>T^T: features of the items, row-major (r, D).</summary>
    public double[] Features { get; }

    /// <summary>Embeddings of the items at the trained theta, row-major (r, E).</summary>
    public double[] Embeddings { get; }

    /// <summary>Gathers what d depends on.</summary>
    /// <param name="confusion">The pairs.</param>
    /// <param name="testFeatures">(M, D), floating point.</param>
    /// <param name="headWeight">W, (E, D).</param>
    /// <param name="headBias">b, (E).</param>
    public static ConfusionDistance Of(Confusion confusion, Tensor testFeatures, Tensor headWeight, Tensor headBias) =>
        Of([confusion], testFeatures, headWeight, headBias)[0];

    /// <summary>Gathers what the distances of many confusions depend on, with one matrix product for all their items.</summary>
    /// <param name="confusions">At least one.</param>
    /// <param name="testFeatures">(M, D), floating point.</param>
    /// <param name="headWeight">W, (E, D).</param>
    /// <param name="headBias">b, (E).</param>
    public static IReadOnlyList<ConfusionDistance> Of(IReadOnlyList<Confusion> confusions, Tensor testFeatures, Tensor headWeight, Tensor headBias)
    {
        ArgumentNullException.ThrowIfNull(confusions);
        ArgumentNullException.ThrowIfNull(testFeatures);
        int[][] items = [.. confusions.Select(c => c.Pairs.SelectMany(p => new[] { p.Anchor, p.Neighbour }).Distinct().ToArray())];
        int[] all = [.. items.SelectMany(i => i).Distinct()];
        var row = all.Index().ToDictionary(x => x.Item, x => x.Index);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var rows = testFeatures.index_select(0, tensor(all.Select(i => (long)i).ToArray(), device: testFeatures.device)).to(float64);
        var features = rows.cpu().Values<double>();
        var embeddings = (rows.mm(headWeight.to(float64).t()) + headBias.to(float64)).cpu().Values<double>();
        return [.. confusions.Zip(items, (confusion, own) =>
        {
            var local = own.Index().ToDictionary(x => x.Item, x => x.Index);
            return new ConfusionDistance(
                own, [.. confusion.Pairs.Select(p => (local[p.Anchor], local[p.Neighbour]))], Gather(features, rows.shape[1]),
                Gather(embeddings, headWeight.shape[0]), (int)rows.shape[1]);

            double[] Gather(double[] values, long size)
            {
                var gathered = new double[own.Length * size];
                foreach (var (place, item) in own.Index()) Array.Copy(values, row[item] * size, gathered, place * size, size);
                return gathered;
            }
        })];
    }

    /// <summary>
    /// dd/de of the items at the trained theta, row-major (r, E). The gradient in W is its product with <see cref="Features"/>: <c>sum_j g_j f_j^T</c>.
    /// </summary>
    public double[] Gradient()
    {
        var gradient = new double[Embeddings.Length];
        Evaluate(Embeddings, gradient);
        return gradient;
    }

    /// <summary>d at some embeddings, and its gradient in them.</summary>
    /// <param name="embeddings">Row-major (r, E).</param>
    /// <param name="gradient">Receives dd/de, row-major (r, E); empty for the value alone.</param>
    public double Evaluate(ReadOnlySpan<double> embeddings, Span<double> gradient = default)
    {
        var size = EmbeddingSize;
        var unit = new double[embeddings.Length];
        var norms = new double[Items.Count];
        for (var j = 0; j < norms.Length; j++)
        {
            var row = embeddings.Slice(j * size, size);
            norms[j] = Math.Max(Math.Sqrt(Vectors.Dot(row, row)), UnitRows.LeastNorm);
            Vectors.AddScaled(unit.AsSpan(j * size, size), 1 / norms[j], row);
        }

        gradient.Clear();
        var total = 0.0;
        var difference = new double[size];
        foreach (var (a, b) in _pairs)
        {
            var unitA = unit.AsSpan(a * size, size);
            var unitB = unit.AsSpan(b * size, size);
            unitB.CopyTo(difference);
            Vectors.AddScaled(difference, -1, unitA);
            var d = Vectors.Dot(difference, difference);
            total += d;
            if (gradient.IsEmpty) continue;

            // dd/de_a = -2 (n_b - c n_a) / |e_a| with c = 1 - d/2, written so that nothing cancels as n_a and n_b meet.
            var (scaleA, scaleB) = (-2 / (norms[a] * _pairs.Length), -2 / (norms[b] * _pairs.Length));
            Vectors.AddScaled(gradient.Slice(a * size, size), scaleA, difference);
            Vectors.AddScaled(gradient.Slice(a * size, size), scaleA * d / 2, unitA);
            Vectors.AddScaled(gradient.Slice(b * size, size), -scaleB, difference);
            Vectors.AddScaled(gradient.Slice(b * size, size), scaleB * d / 2, unitB);
        }

        return total / _pairs.Length;
    }

    /// <summary>Gram matrix T^T T of the items' features, row-major (r, r).</summary>
    public double[] Gram()
    {
        var count = Items.Count;
        var gram = new double[count * count];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                gram[(i * count) + j] = gram[(j * count) + i] = Vectors.Dot(
                    Features.AsSpan(i * FeatureSize, FeatureSize), Features.AsSpan(j * FeatureSize, FeatureSize));
            }
        }

        return gram;
    }
}
