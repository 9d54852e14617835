using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>One sample after another judged by the Gaussians of the others, over the classes whose means are nearest to it.</summary>
internal sealed class LabelJudge
{
    /// <summary>Classes that are compared for a sample; farther ones have no part in its probabilities.</summary>
    private const int MostClasses = 64;

    /// <summary>Samples that temperature and share of wrong labels are fitted on.</summary>
    private const int MostFitted = 20000;

    /// <summary>A class whose samples are trusted less than this in all is taken as it is labelled.</summary>
    private const double LeastWeight = 1;

    /// <summary>Numbers of a row that are kept on the stack.</summary>
    private const int OnStack = 512;

    private readonly LabelRows _rows;
    private readonly Tensor _labelTensor;
    private readonly long[] _labels;
    private readonly int _classes;
    private readonly double[] _weights;
    private readonly int[] _candidates;
    private readonly double[] _logits;
    private readonly int _compared;

    /// <summary>A block of whitened rows; one array for all rounds, since garbage of this size is collected late.</summary>
    private readonly double[] _whitened;
    private LabelTrust _trust = new(1, 0);

    /// <param name="rows">N samples.</param>
    /// <param name="labels">(N) labels from 0.</param>
    /// <param name="classes">C.</param>
    public LabelJudge(LabelRows rows, IReadOnlyList<long> labels, int classes)
    {
        (_rows, _labels, _classes) = (rows, [.. labels], classes);
        (_labelTensor, _weights) = (tensor(_labels), new double[_labels.Length]);
        _whitened = new double[rows.LargestBlock * rows.Size];
        Array.Fill(_weights, 1);
        var first = SharedCovariance.Of(rows, _labelTensor, classes, ones(_labels.Length, float64));
        int[] there = [.. Enumerable.Range(0, classes).Where(c => first.Weights[c] > 0)];
        _compared = Math.Min(MostClasses, there.Length);
        _candidates = Candidates(first, there);
        _logits = new double[_candidates.Length];
    }

    /// <summary>Forms log probabilities of the compared classes by the present weights, and fits the trust in labels.</summary>
    public void Judge()
    {
        using (var scope = NewDisposeScope())
        {
            var model = SharedCovariance.Of(_rows, _labelTensor, _classes, tensor(_weights));
            ClassDensity[] densities = [.. model.Weights.Select(weight => ClassDensity.Of(weight, _rows.Size))];
            ForEachWhitened(model, (start, count, rows) => Parallel.For(0, count, AllCores.Loop, i => Judge(model, densities, rows, i, start + i)));
        }

        var step = Math.Max(1, _labels.Length / MostFitted);
        int[] fitted = [.. Enumerable.Range(0, (_labels.Length + step - 1) / step).Select(i => i * step).Where(HasOthers)];
        if (fitted.Length > 0) _trust = LabelTrust.Fit(t => [.. fitted.Select(i => Probabilities(i, t).Own)], _classes);
    }

    /// <summary>Gives each sample the weight by which its label is trusted.</summary>
    public void Weigh()
    {
        var totals = new double[_classes];
        Parallel.For(0, _labels.Length, AllCores.Loop, i =>
            _weights[i] = HasOthers(i) ? _trust.Right(Probabilities(i, _trust.Temperature).Own, _classes) : 1);
        for (var i = 0; i < _labels.Length; i++) totals[_labels[i]] += _weights[i];
        for (var i = 0; i < _labels.Length; i++)
        {
            if (totals[_labels[i]] < LeastWeight) _weights[i] = 1;
        }
    }

    /// <summary>What was found.</summary>
    public LabelGaussians Verdict()
    {
        var count = _labels.Length;
        var (odds, own, other, probability) = (new double[count], new double[count], new int[count], new double[count]);
        Parallel.For(0, count, AllCores.Loop, i =>
        {
            (own[i], other[i], probability[i], var logOdds) = Probabilities(i, _trust.Temperature);
            odds[i] = HasOthers(i) ? logOdds + Math.Log(_trust.WrongShare / (1 - _trust.WrongShare) / (_classes - 1)) : 0;
        });

        return new(_classes, odds, own, other, probability, _trust.WrongShare);
    }

    /// <summary>The nearest class means of each sample, its own class first.</summary>
    private int[] Candidates(SharedCovariance model, int[] there)
    {
        using var scope = NewDisposeScope();
        var means = tensor(model.Means, [_classes, _rows.Size]).index_select(0, tensor([.. there.Select(c => (long)c)]));
        var candidates = new int[_labels.Length * _compared];
        _rows.ForEach((block, rows) =>
        {
            var nearest = NearestNeighbours.Between(rows.mm(model.Whitening), means, _compared);
            for (var i = 0; i < block.Count; i++)
            {
                var (sample, own) = (block.Start + i, _labels[block.Start + i]);
                var others = Enumerable.Range(0, _compared).Select(rank => there[nearest.At(i, rank)]).Where(c => c != own).Take(_compared - 1);
                int[] row = [(int)own, .. others];
                row.CopyTo(candidates, sample * _compared);
            }
        });
        return candidates;
    }

    /// <summary>Gives first sample, number and row-major values of each block in the coordinates of the model.</summary>
    private void ForEachWhitened(SharedCovariance model, Action<int, int, double[]> use) =>
        _rows.ForEach((block, rows) =>
        {
            MemoryMarshal.Cast<byte, double>(rows.mm(model.Whitening).contiguous().bytes).CopyTo(_whitened);
            use((int)block.Start, (int)block.Count, _whitened);
        });

    /// <summary>Whether the sample's class has weight without it; without that nothing speaks for its label.</summary>
    private bool HasOthers(int sample) => !double.IsNegativeInfinity(_logits[sample * _compared]);

    /// <summary>
    /// Without sample i of weight w the class weighs n - w, its mean is (n m - w x) / (n - w), and the covariance loses
    /// <c>b v v^T</c>, v = x - m, b = scale w n / (n - w), so that squared distances follow by Sherman and Morrison.
    /// </summary>
    private void Judge(SharedCovariance model, ClassDensity[] densities, double[] rows, int row, int i)
    {
        var size = _rows.Size;
        var x = rows.AsSpan(row * size, size);
        Span<double> v = size <= OnStack ? stackalloc double[size] : new double[size];
        var (n, w) = (model.Weights[_labels[i]], _weights[i]);
        var left = n - w;
        Subtract(x, model.Means.AsSpan((int)_labels[i] * size, size), v);
        var vv = Vectors.Dot(v, v);
        var b = left > 0 ? model.Scale * w * n / left : 0;
        var lost = b / Math.Max(1e-9, 1 - (b * vv));
        var logits = _logits.AsSpan(i * _compared, _compared);
        for (var rank = 1; rank < _compared; rank++)
        {
            var c = _candidates[(i * _compared) + rank];
            var (uu, uv) = Vectors.DifferenceDots(x, model.Means.AsSpan(c * size, size), v);
            logits[rank] = densities[c].Log(uu + (lost * uv * uv));
        }

        // The mean of its own class without it is as much farther away.
        Span<double> u = size <= OnStack ? stackalloc double[size] : new double[size];
        v.CopyTo(u);
        Vectors.Multiply(u, left > 0 ? n / left : 1);
        var own = Vectors.Dot(u, v);
        logits[0] = ClassDensity.Of(left, size).Log(Vectors.Dot(u, u) + (lost * own * own));
    }

    private (double Own, int Other, double OtherProbability, double LogOdds) Probabilities(int sample, double temperature)
    {
        var logits = _logits.AsSpan(sample * _compared, _compared);
        var (most, best) = (double.NegativeInfinity, -1);
        for (var rank = 1; rank < _compared; rank++)
        {
            if (logits[rank] > most) (most, best) = (logits[rank], rank);
        }

        if (best < 0) return (1, -1, 0, double.NegativeInfinity);
        var others = 0.0;
        for (var rank = 1; rank < _compared; rank++) others += Math.Exp(temperature * (logits[rank] - most));
        // log (1 - p_y) / p_y, which stays exact where p_y is next to 0 or 1.
        var odds = (temperature * (most - logits[0])) + Math.Log(others);
        var own = 1 / (1 + Math.Exp(odds));
        return (own, _candidates[(sample * _compared) + best], (1 - own) / others, odds);
    }

    private static void Subtract(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> result)
    {
        for (var j = 0; j < a.Length; j++) result[j] = a[j] - b[j];
    }

    /// <summary>The predictive density of a new sample of a class, where its mean is known from samples of a weight, times the class's share.</summary>
    /// <param name="Weight">Log of the weight.</param>
    /// <param name="Spread">By how much squared distances are larger, since the mean is not exact.</param>
    /// <param name="Volume">What that takes from the logarithm of the density.</param>
    private readonly record struct ClassDensity(double Weight, double Spread, double Volume)
    {
        private const double LeastWeight = 1e-9;

        /// <param name="weight">Weight of the class's samples; next to none has no density.</param>
        /// <param name="size">E.</param>
        public static ClassDensity Of(double weight, int size) =>
            weight < LeastWeight ? new(double.NegativeInfinity, 1, 0) : new(Math.Log(weight), 1 + (1 / weight), 0.5 * size * Math.Log(1 + (1 / weight)));

        /// <summary>Its logarithm.</summary>
        /// <param name="distance">Squared distance from the mean.</param>
        public double Log(double distance) => Weight - (0.5 * distance / Spread) - Volume;
    }
}
