using System.Diagnostics;

namespace Dml.Tests.Support;

/// <summary>
/// Feeds mutants to a reader and holds it to its promise: a <see cref="DmlException"/> or a right answer, never another exception, no
/// long time, no memory beyond 10 x the file's size + 100 MB.
/// </summary>
internal static class Fuzz
{
    /// <summary>Mutants of each reader: 20,000 unless the environment variable DML_FUZZ asks for another number.</summary>
    public static int Count => int.TryParse(Environment.GetEnvironmentVariable("DML_FUZZ"), out var count) ? count : 20_000;

    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(5);

    /// <summary>Runs all mutants.</summary>
    /// <param name="make">Makes mutant number i.</param>
    /// <param name="read">Reads a file to the end, checks what it got, and returns the bytes of all tensors that it made.</param>
    /// <param name="count">Number of mutants.</param>
    /// <returns>How many were accepted, how many refused, and the largest memory and time of one.</returns>
    public static FuzzOutcome Run(Func<int, byte[]> make, Func<byte[], long> read, int count)
    {
        var outcome = new FuzzOutcome();
        for (var index = 0; index < count; index++)
        {
            var file = make(index);
            var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            var tensorBytes = 0L;
            try
            {
                tensorBytes = read(file);
                outcome.Accepted++;
            }
            catch (DmlException error)
            {
                Assert.False(string.IsNullOrWhiteSpace(error.Message), $"Mutant {index}: the error says nothing.");
                outcome.Refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"Mutant {index}: expected an answer or a DmlException, found {error}");
            }

            var time = Stopwatch.GetElapsedTime(start);
            var memory = GC.GetAllocatedBytesForCurrentThread() - before + tensorBytes;
            Assert.True(time < LongestTime, $"Mutant {index} took {time}.");
            Assert.True(memory <= (10L * file.Length) + 100_000_000, $"Mutant {index} of {file.Length} bytes took {memory} bytes of memory.");
            outcome.MostMemory = Math.Max(outcome.MostMemory, memory);
            outcome.LongestTime = time > outcome.LongestTime ? time : outcome.LongestTime;
        }

        return outcome;
    }
}

/// <summary>What became of the mutants.</summary>
internal sealed class FuzzOutcome
{
    public int Accepted { get; set; }

    public int Refused { get; set; }

    public long MostMemory { get; set; }

    public TimeSpan LongestTime { get; set; }

    public override string ToString() => $"{Accepted} accepted, {Refused} refused, at most {MostMemory / 1024} KiB and {LongestTime.TotalMilliseconds:0.0} ms";
}
