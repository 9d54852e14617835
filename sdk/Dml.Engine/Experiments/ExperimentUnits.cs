using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dml.Engine.Reporting;
using Dml.Storage;

namespace Dml.Engine.Experiments;

/// <summary>
/// Finished pieces of an experiment, kept until it is whole, so that one that was stopped or killed goes on where it was. A piece is
/// found again only under the plan that it was computed for: settings, runs and the content of their features.
/// </summary>
/// <param name="folder">The experiment's folder.</param>
/// <param name="plan">All that the pieces depend on.</param>
internal sealed class ExperimentUnits(string folder, string plan)
{
    private readonly string _folder = Path.Combine(folder, "units");

    /// <summary>A piece, computed unless it was before.</summary>
    /// <param name="name">Its name within the plan.</param>
    /// <param name="compute">Computes its numbers.</param>
    public double[] Get(string name, Func<double[]> compute)
    {
        var path = Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{plan}\n{name}")))[..32] + ".json");
        if (File.Exists(path)) return JsonSerializer.Deserialize(InputFile.ReadText(path), ResultJson.Default.DoubleArray)!;
        var values = compute();
        Directory.CreateDirectory(_folder);
        AtomicFile.WriteText(path, JsonSerializer.Serialize(values, ResultJson.Default.DoubleArray));
        return values;
    }

    /// <summary>The experiment is whole and written: its pieces go.</summary>
    public void Clear()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
