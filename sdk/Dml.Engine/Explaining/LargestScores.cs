using System.Numerics;

namespace Dml.Engine.Explaining;

/// <summary>Keeps the largest of scores that come block by block, without an ordering of all of them. Equal ones stay in the order of samples.</summary>
/// <param name="count">Samples that are kept, at least 0.</param>
/// <param name="above">What a score must exceed; minus infinity for any score that is a number.</param>
internal sealed class LargestScores(int count, double above)
{
    private readonly List<(int Sample, double Score)> _kept = [];
    private double _above = above;

    /// <summary>Adds scores of samples that come after those before.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="first">Sample of the first.</param>
    /// <param name="sign">1, or -1 to keep the smallest, whose negatives are then to exceed the bound and are what is kept.</param>
    public void Add(ReadOnlySpan<double> scores, int first, double sign)
    {
        if (count == 0) return;
        var (signs, lanes, i) = (new Vector<double>(sign), Vector<double>.Count, 0);
        for (; i <= scores.Length - lanes; i += lanes)
        {
            if (!Vector.GreaterThanAny(signs * new Vector<double>(scores[i..]), new(_above))) continue;
            for (var lane = 0; lane < lanes; lane++) Offer(first + i + lane, sign * scores[i + lane]);
        }

        for (; i < scores.Length; i++) Offer(first + i, sign * scores[i]);
    }

    /// <summary>What was kept, largest first.</summary>
    public IReadOnlyList<(int Sample, double Score)> Largest()
    {
        Shorten();
        return _kept;
    }

    private void Offer(int sample, double score)
    {
        if (!(score > _above)) return;
        _kept.Add((sample, score));

        // Sorting twice as many as are wanted, now and then, costs less than keeping them in order.
        if (_kept.Count < 2L * count) return;
        Shorten();
        _above = _kept[^1].Score;
    }

    private void Shorten()
    {
        _kept.Sort((a, b) => b.Score.CompareTo(a.Score) is var order and not 0 ? order : a.Sample.CompareTo(b.Sample));
        if (_kept.Count > count) _kept.RemoveRange(count, _kept.Count - count);
    }
}
