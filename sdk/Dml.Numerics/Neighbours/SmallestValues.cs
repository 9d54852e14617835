using System.Numerics;

namespace Dml.Numerics;

/// <summary>The k smallest of the values added, as a heap whose root is the largest of them.</summary>
/// <typeparam name="T">A number.</typeparam>
/// <param name="k">How many are kept.</param>
internal sealed class SmallestValues<T>(int k) where T : unmanaged, INumber<T>
{
    private readonly T[] _heap = new T[k];
    private int _count;

    /// <summary>The k-th smallest value; known when k values have been added.</summary>
    public T Largest => _heap[0];

    /// <summary>Forgets all values.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a value.</summary>
    /// <returns>Whether there are k values now.</returns>
    public bool Add(T value)
    {
        if (_count < k)
        {
            var at = _count++;
            for (; at > 0 && _heap[(at - 1) / 2] < value; at = (at - 1) / 2) _heap[at] = _heap[(at - 1) / 2];
            _heap[at] = value;
            return _count == k;
        }

        if (value < _heap[0]) ReplaceLargest(value);
        return true;
    }

    private void ReplaceLargest(T value)
    {
        var at = 0;
        for (var child = 1; child < k; child = (2 * at) + 1)
        {
            if (child + 1 < k && _heap[child + 1] > _heap[child]) child++;
            if (_heap[child] <= value) break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = value;
    }
}
