using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// The changes of a softmax loss of proxy cosines for a block of samples in float32 on a CPU, in one pass over each row:
/// <c>dz_c = s (k . C n(p_c) - cos_c dr) / r'</c>, <c>dl = log1p(sum_c p_c expm1(dz_c - dz_y))</c>. By tensor operations the same takes
/// ten passes over memory, which is what the fast path would spend its time with.
/// </summary>
/// <param name="loss">Probabilities at theta.</param>
/// <param name="cosines">(n, P), contiguous.</param>
/// <param name="squaredNorms">(n), of the embeddings.</param>
/// <param name="labels">(n).</param>
internal sealed class SoftmaxMoves(SoftmaxAtCosines loss, Tensor cosines, Tensor squaredNorms, Tensor labels)
{
    /// <summary>Rows that a worker takes at once: few enough for the cache, enough to share the rows of a target.</summary>
    private const int RowsAtOnce = 16;

    /// <summary>Above this exp could overflow, so log-sum-exp takes over; as in <see cref="SoftmaxLossChange"/>.</summary>
    private const float LargeMove = 60;

    /// <summary>Below this 1 + sum cancels, so log-sum-exp takes over there too.</summary>
    private const double NearlyAllLost = -0.5;

    private readonly int _size = (int)cosines.shape[1];
    private readonly long[] _labels = labels.data<long>().ToArray();
    private readonly float[] _squaredNorms = squaredNorms.data<float>().ToArray();

    /// <summary>Adds the harm of the block's samples.</summary>
    /// <param name="harm">(T, n), contiguous.</param>
    /// <param name="walked">The targets.</param>
    /// <param name="cross">K = F_G F^T, (R, n), contiguous.</param>
    /// <param name="walks">For each walk C (R, E), 2 C e (R, n) and C n(p) (R, P).</param>
    public void AddHarm(Tensor harm, WalkedTargets walked, Tensor cross, IReadOnlyList<WalkedBlock> walks)
    {
        var grams = walks.Select(w => walked.Rows.Select(r => w.Gram(r.First, r.Count)).ToArray()).ToArray();
        var most = (int)walked.Rows.Max(r => r.Count);
        var loop = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, (_labels.Length + RowsAtOnce - 1) / RowsAtOnce, loop, chunk =>
        {
            var (first, end) = (chunk * RowsAtOnce, Math.Min(_labels.Length, (chunk + 1) * RowsAtOnce));
            var factors = new float[most];
            for (var w = 0; w < walks.Count; w++) AddHarm(first, end, Floats(harm), walked, w, grams[w], Floats(cross), walks[w], factors);
        });
    }

    /// <summary>Adds what one walk of all targets makes of some samples.</summary>
    // Its loops are long, and the first of them would else run as they were compiled in haste.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddHarm(
        int first, int end, Span<float> harm, WalkedTargets walked, int walk, double[][] grams, ReadOnlySpan<float> cross, WalkedBlock block, float[] factors)
    {
        ReadOnlySpan<float> linear = Floats(block.Linear), proxies = Floats(block.Proxies);
        ReadOnlySpan<float> allCosines = Floats(cosines), allProbabilities = Floats(loss.Probabilities);
        for (var target = 0; target < walked.Rows.Count; target++)
        {
            var (item, count) = walked.Rows[target];
            var own = proxies.Slice((int)item * _size, (int)count * _size);
            var share = walked.Factor(target, walk);
            for (var i = first; i < end; i++)
            {
                var kept = Scale(i, (int)item, grams[target], cross, linear, factors.AsSpan(0, (int)count));
                var change = Change(
                    i, kept, factors.AsSpan(0, (int)count), own, allCosines.Slice(i * _size, _size), allProbabilities.Slice(i * _size, _size));
                harm[(target * _labels.Length) + i] += (float)(share * change);
            }
        }
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>Fills <c>s k_j / r'</c> and returns <c>s dr / r'</c>: dz_c is then a sum of r products less that times the cosine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Scale(int sample, int item, double[] gram, ReadOnlySpan<float> cross, ReadOnlySpan<float> linear, Span<float> factors)
    {
        var (count, n) = (factors.Length, _labels.Length);
        var change = 0.0;
        for (var j = 0; j < count; j++)
        {
            double sum = linear[((item + j) * n) + sample];
            for (var k = 0; k < count; k++) sum += gram[(j * count) + k] * cross[((item + k) * n) + sample];
            change += sum * cross[((item + j) * n) + sample];
        }

        double square = _squaredNorms[sample];
        var norm = Math.Max(Math.Sqrt(square), UnitRows.LeastNorm);
        var moved = Math.Max(Math.Sqrt(Math.Max(square + change, 0)), UnitRows.LeastNorm);
        var scale = loss.Scale / moved;
        for (var j = 0; j < count; j++) factors[j] = (float)(scale * cross[((item + j) * n) + sample]);

        // A norm beyond float32 would otherwise look like one that nothing moves.
        return double.IsFinite(square) ? (float)(scale * change / (moved + norm)) : float.NaN;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Change(
        int sample, float kept, ReadOnlySpan<float> factors, ReadOnlySpan<float> proxies, ReadOnlySpan<float> cosine, ReadOnlySpan<float> probability)
    {
        var label = Move((int)_labels[sample], kept, factors, proxies, cosine);
        ref var c = ref MemoryMarshal.GetReference(cosine);
        ref var p = ref MemoryMarshal.GetReference(probability);
        ref var rows = ref MemoryMarshal.GetReference(proxies);
        var (sums, most) = (Vector256<float>.Zero, Vector256.Create(float.NegativeInfinity));
        var (less, shift) = (Vector256.Create(-kept), Vector256.Create(-label));
        var at = 0;
        for (; at <= _size - Vector256<float>.Count; at += Vector256<float>.Count)
        {
            var move = Vector256.FusedMultiplyAdd(less, Vector256.LoadUnsafe(ref c, (nuint)at), shift);
            for (var j = 0; j < factors.Length; j++)
            {
                move = Vector256.FusedMultiplyAdd(Vector256.Create(factors[j]), Vector256.LoadUnsafe(ref rows, (nuint)((j * _size) + at)), move);
            }

            most = Vector256.Max(most, move);
            sums = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref p, (nuint)at), VectorMath.Expm1(move), sums);
        }

        double sum = Vector256.Sum(sums);
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < Vector256<float>.Count; lane++) largest = Math.Max(largest, most[lane]);
        for (; at < _size; at++)
        {
            var move = Move(at, kept, factors, proxies, cosine) - label;
            largest = Math.Max(largest, move);
            sum += probability[at] * VectorMath.Expm1(Vector256.Create(move))[0];
        }

        return largest > LargeMove || sum < NearlyAllLost ? LargeChange(sample, kept, label, factors, proxies, cosine) : VectorMath.Log1p(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Move(int proxy, float kept, ReadOnlySpan<float> factors, ReadOnlySpan<float> proxies, ReadOnlySpan<float> cosine)
    {
        var move = -kept * cosine[proxy];
        for (var j = 0; j < factors.Length; j++) move = MathF.FusedMultiplyAdd(factors[j], proxies[(j * _size) + proxy], move);
        return move;
    }

    /// <summary>log sum_c exp(log p_c + dz_c - dz_y), the largest term taken out.</summary>
    private double LargeChange(int sample, float kept, float label, ReadOnlySpan<float> factors, ReadOnlySpan<float> proxies, ReadOnlySpan<float> cosine)
    {
        var logits = new double[_size];
        var logProbabilities = Floats(loss.LogProbabilities).Slice(sample * _size, _size);
        for (var c = 0; c < _size; c++) logits[c] = logProbabilities[c] + (double)Move(c, kept, factors, proxies, cosine) - label;
        var most = logits.Max();
        return most + Math.Log(logits.Sum(z => Math.Exp(z - most)));
    }
}
