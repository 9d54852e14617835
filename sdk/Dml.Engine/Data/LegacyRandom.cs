namespace Dml.Engine.Data;

/// <summary>
/// NumPy's legacy generator: MT19937 (Matsumoto, Nishimura, ACM TOMACS 1998) seeded by one 32-bit number, and the permutation that
/// <c>np.random.permutation</c> and <c>np.random.choice(…, replace=False)</c> draw from it. The published noisy runs used it.
/// </summary>
internal sealed class LegacyRandom
{
    private const int Words = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Words];
    private int _next = Words;

    /// <summary>Seeds as <c>np.random.seed(seed)</c> does.</summary>
    public LegacyRandom(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Words; i++) _state[i] = unchecked((1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i);
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_next == Words) Refill();
        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    /// <summary>A permutation of 0..count-1: Fisher-Yates from the end, each place by masked rejection.</summary>
    public int[] Permutation(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            var j = (int)Below((uint)i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>A number from 0 to the maximum, both included.</summary>
    private uint Below(uint maximum)
    {
        var mask = uint.MaxValue >> int.CreateChecked(uint.LeadingZeroCount(maximum));
        uint value;
        do
        {
            value = NextUInt32() & mask;
        }
        while (value > maximum);

        return value;
    }

    private void Refill()
    {
        for (var i = 0; i < Words; i++)
        {
            var y = (_state[i] & 0x80000000u) | (_state[(i + 1) % Words] & 0x7fffffffu);
            _state[i] = _state[(i + Middle) % Words] ^ (y >> 1) ^ ((y & 1) * 0x9908b0dfu);
        }

        _next = 0;
    }
}
