namespace Dml.Numerics;

/// <summary>
/// The one random generator of Dml: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). A seed gives the same numbers on every system, in every
/// version of .NET and on every thread: its start is a pure function of a key, so that the draws for one item do not depend on
/// which items came before it. Not for secrets, and not to be shared between threads.
/// </summary>
/// <remarks><c>System.Random</c> is banned in the SDK and its plugins: which numbers follow from a seed is not promised there.</remarks>
public sealed class CounterRandom
{
    /// <summary>The increment of SplitMix64, 2^64 over the golden ratio.</summary>
    internal const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state;

    /// <summary>Starts at a key of three numbers.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">Separates uses, such as the epoch.</param>
    /// <param name="item">Separates items within a stream, such as the sample's index.</param>
    public CounterRandom(long seed, long stream, long item)
        : this(Mix(Mix(Mix((ulong)seed + Step) ^ (ulong)stream) ^ (ulong)item))
    {
    }

    private CounterRandom(ulong state) => _state = state;

    /// <summary>All that the next draws depend on.</summary>
    public ulong State => _state;

    /// <summary>Resumes from a state, or starts at a seed as SplitMix64 is published.</summary>
    /// <param name="state">A <see cref="State"/>, or any number.</param>
    public static CounterRandom FromState(ulong state) => new(state);

    /// <summary>A hash of a number: the first bits that follow from it as a state. Keys of several numbers are hashes of hashes.</summary>
    /// <param name="value">Any number.</param>
    public static ulong Hash(ulong value) => Mix(value + Step);

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits() => Mix(_state += Step);

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextUnit() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [minimum, maximum).</summary>
    /// <param name="minimum">Least value.</param>
    /// <param name="maximum">Bound above.</param>
    public double NextBetween(double minimum, double maximum) => minimum + ((maximum - minimum) * NextUnit());

    /// <summary>Normal with mean 0 and variance 1 (Box and Muller, Annals of Mathematical Statistics 29, 1958).</summary>
    internal double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextUnit())) * Math.Cos(2 * Math.PI * NextUnit());

    /// <summary>Uniform in 0 .. count - 1, from a 128-bit product, whose bias (count / 2^64) no experiment can see.</summary>
    /// <param name="count">At least 1.</param>
    public int NextBelow(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="items">What is shuffled.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
