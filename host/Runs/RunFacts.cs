using System.Text.Json;
using Dml.Numerics.Storage;

namespace Dml.Host.Runs;

/// <summary>run.json: under what circumstances a run was made.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Device">cpu or cuda.</param>
/// <param name="Threads">libtorch's threads; byte-identity holds for the same number.</param>
/// <param name="Versions">Versions of the host, the SDK, libtorch's binding and the plugins.</param>
/// <param name="Seconds">Wall time of training, caching features and evaluating.</param>
/// <param name="Warnings">What the user should know of the data.</param>
internal sealed record RunFacts(long Seed, string Device, int Threads, IReadOnlyDictionary<string, string> Versions, double Seconds, IReadOnlyList<string> Warnings)
{
    public static RunFacts Read(RunFolder run)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(run.Facts), RunJson.Default.RunFacts) ?? throw new JsonException("null");
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            throw new DmlException($"Expected the run's facts in {run.Facts}, but they cannot be read ({error.Message.TrimEnd('.')}); train the run again.", error);
        }
    }

    public void Write(RunFolder run) => AtomicFile.WriteText(run.Facts, JsonSerializer.Serialize(this, RunJson.Default.RunFacts));
}
