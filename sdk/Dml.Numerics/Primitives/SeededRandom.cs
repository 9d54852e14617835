namespace Dml.Numerics;

/// <summary>SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers for a seed on every system and in every version of .NET.</summary>
/// <param name="seed">Any number.</param>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 .. count - 1, without bias that a sample could show.</summary>
    /// <param name="count">At least 1.</param>
    public int NextIndex(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);
}
