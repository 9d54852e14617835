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

    private string NotesPath => PathOf("notes");

    /// <summary>A piece, computed unless it was before.</summary>
    /// <param name="name">Its name within the plan.</param>
    /// <param name="compute">Computes its numbers.</param>
    public double[] Get(string name, Func<double[]> compute)
    {
        var path = PathOf(name);
        if (File.Exists(path)) return JsonSerializer.Deserialize(InputFile.ReadText(path), ResultJson.Default.DoubleArray)!;
        var values = compute();
        Directory.CreateDirectory(_folder);
        AtomicFile.WriteText(path, JsonSerializer.Serialize(values, ResultJson.Default.DoubleArray));
        return values;
    }

    /// <summary>Sentences for readers of the result that came up while pieces were computed, here or before it was stopped.</summary>
    public IReadOnlyList<string> Notes =>
        File.Exists(NotesPath) ? JsonSerializer.Deserialize(InputFile.ReadText(NotesPath), ResultJson.Default.StringArray)! : [];

    /// <summary>Keeps a sentence, once.</summary>
    /// <param name="sentence">The sentence.</param>
    public void Note(string sentence)
    {
        var notes = Notes;
        if (notes.Contains(sentence)) return;
        Directory.CreateDirectory(_folder);
        AtomicFile.WriteText(NotesPath, JsonSerializer.Serialize([.. notes, sentence], ResultJson.Default.StringArray));
    }

    /// <summary>The experiment is whole and written: its pieces go.</summary>
    public void Clear()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(string name) =>
        Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{plan}\n{name}")))[..32] + ".json");
}
