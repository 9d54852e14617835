using System.Globalization;
using System.Text.Json;
using Dml.Engine.Runs;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>
/// The working folder of an influence computation: its plan, a file for each block of solved targets, and one for each cell of the grid
/// of target blocks by sample blocks. Every file is complete or absent, so a cut computation goes on where it was, and several
/// processes can fill one folder.
/// </summary>
internal sealed class InfluenceParts : IScoreStore
{
    private const string PlanName = "plan.json";
    private const string SecondsKey = "seconds";
    private const string PeakKey = "peakMemoryBytes";
    private const string ExplanationsKey = "explanations";

    private readonly string _folder;

    private InfluenceParts(string folder, InfluencePlan plan) => (_folder, Plan) = (folder, plan);

    public InfluencePlan Plan { get; }

    /// <summary>Where the working files of an output folder are.</summary>
    public static string FolderOf(string output) => Path.Combine(output, "influence.parts");

    /// <summary>Starts a computation, or goes on with the one that is there.</summary>
    /// <param name="output">The folder of the results.</param>
    /// <param name="plan">What is to be computed.</param>
    /// <param name="alone">Whether no other process can be writing parts there, so that a plan without any stands in nobody's way.</param>
    /// <exception cref="DmlException">Parts of another computation are there.</exception>
    public static InfluenceParts StartOrGoOn(string output, InfluencePlan plan, bool alone)
    {
        var folder = FolderOf(output);
        if (alone && Exist(output) && !Directory.EnumerateFiles(folder, "*.safetensors").Any()) Directory.Delete(folder, recursive: true);
        // Of several processes that begin at once, one writes the plan and the others compare theirs.
        if (!Exist(output) && AtomicFile.TryCreate(Path.Combine(folder, PlanName), stream => stream.Write(plan.ToJson()))) return new(folder, plan);
        var parts = Open(output);
        return parts.Plan.DifferenceTo(plan) is not { } difference ? parts
            : throw new DmlException(
                null, $"{folder} to hold parts of this computation", $"those of another ({difference})",
                "finish that one with its own settings, or remove the folder");
    }

    /// <summary>Whether there are parts of any computation.</summary>
    public static bool Exist(string output) => File.Exists(Path.Combine(FolderOf(output), PlanName));

    /// <summary>Opens the parts that are there.</summary>
    /// <param name="output">The folder of the results.</param>
    /// <exception cref="DmlException">There are none, or the plan is damaged.</exception>
    public static InfluenceParts Open(string output)
    {
        var folder = FolderOf(output);
        var path = Path.Combine(folder, PlanName);
        if (!File.Exists(path)) throw new DmlException(
                null, $"parts of an influence computation in {folder}", $"no {PlanName}",
                $"{Mention.Operation("influence", ("", "..."), ("shard", "i/n"), ("output", output))} writes them");
        try
        {
            return new(folder, JsonSerializer.Deserialize(InputFile.ReadText(path), InfluenceJson.Default.InfluencePlan) ?? throw new JsonException("null"));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected the plan of an influence computation in {path}, but it cannot be read ({error.Message.TrimEnd('.')}); "
                    + $"remove {folder} and compute again.",
                error);
        }
    }

    /// <inheritdoc/>
    public bool HasSolved(int block) => File.Exists(SolvedPath(block));

    /// <inheritdoc/>
    public bool HasScores(int block, int sampleBlock) => File.Exists(CellPath(block, sampleBlock));

    public string CellName(int targetBlock, int sampleBlock) => Path.GetFileName(CellPath(targetBlock, sampleBlock));

    /// <inheritdoc/>
    public void KeepSolved(int block, SolvedTargets solved, TimeSpan time)
    {
        using var owned = solved;
        var explanations = JsonSerializer.Serialize(
            [.. solved.Targets.Select(t => new SolvedRecord(t.Distance, t.Directions, t.Path, t.Solver))], InfluenceJson.Default.IReadOnlyListSolvedRecord);
        var metadata = Cost(time);
        metadata[ExplanationsKey] = explanations;
        SafeTensors.Write(SolvedPath(block), [.. solved.State.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => (s.Key, s.Value))], metadata);
    }

    /// <summary>Solved targets, always from their file, so that every process scores against the same bytes at the same alignment.</summary>
    /// <param name="block">The block of targets.</param>
    public SolvedTargets OpenSolved(int block)
    {
        var file = SafeTensors.Open(SolvedPath(block));
        return new(Explanations(block, file), file.Entries.Keys.ToDictionary(name => name, file.Map, StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public void KeepScores(int block, int sampleBlock, Tensor harm, TimeSpan time) =>
        SafeTensors.Write(CellPath(block, sampleBlock), [("harm", harm)], Cost(time));

    /// <summary>Harm of a cell, (T, n); stays in the file.</summary>
    public Tensor Cell(int targetBlock, int sampleBlock) => SafeTensors.Open(CellPath(targetBlock, sampleBlock)).Map("harm");

    /// <summary>The explanations of all targets; all blocks must be solved.</summary>
    public IReadOnlyList<TargetExplanation> Explanations() =>
        [.. Enumerable.Range(0, Plan.Grid.ConfusionBlocks.Count).SelectMany(t => Explanations(t, SafeTensors.Open(SolvedPath(t))))];

    /// <summary>Time and memory of all parts together.</summary>
    public InfluenceCost Cost()
    {
        var cells = Enumerable.Range(0, Plan.Grid.ConfusionBlocks.Count)
            .SelectMany(t => Enumerable.Range(0, Plan.Grid.SampleBlocks.Count).Select(s => CellPath(t, s)));
        var solved = Enumerable.Range(0, Plan.Grid.ConfusionBlocks.Count).Select(SolvedPath);
        var (solving, scoring) = (solved.Select(p => SafeTensors.Open(p).Metadata).ToList(), cells.Select(p => SafeTensors.Open(p).Metadata).ToList());
        return new(Sum(solving), Sum(scoring), solving.Concat(scoring).Max(m => long.Parse(m[PeakKey], CultureInfo.InvariantCulture)));

        static double Sum(IEnumerable<IReadOnlyDictionary<string, string>> parts) => parts.Sum(m => double.Parse(m[SecondsKey], CultureInfo.InvariantCulture));
    }

    /// <summary>Copies the parts of another folder that are missing here.</summary>
    public void Take(InfluenceParts other)
    {
        foreach (var file in Directory.EnumerateFiles(other._folder, "*.safetensors").Order(StringComparer.Ordinal))
        {
            var target = Path.Combine(_folder, Path.GetFileName(file));
            if (File.Exists(target)) continue;
            AtomicFile.Write(target, stream =>
            {
                using var source = InputFile.OpenRead(file);
                source.CopyTo(stream);
            });
        }
    }

    /// <summary>Removes the folder, once the results are written.</summary>
    public void Remove() => Directory.Delete(_folder, recursive: true);

    private List<TargetExplanation> Explanations(int targetBlock, SafeTensors file)
    {
        var range = Plan.Grid.ConfusionBlocks[targetBlock];
        var records =
            file.Metadata.TryGetValue(ExplanationsKey, out var text) ? JsonSerializer.Deserialize(text, InfluenceJson.Default.IReadOnlyListSolvedRecord) : null;
        if (records?.Count != range.Count)
        {
            throw new DmlException(
                $"Expected {range.Count} solved targets in {SolvedPath(targetBlock)}, found {records?.Count ?? 0}; remove the file and compute again.");
        }

        return [.. records.Select((r, i) => new TargetExplanation(Plan.Targets[(int)range.Start + i], r.Distance, r.Directions, r.Path) { Solver = r.Solver })];
    }

    private string SolvedPath(int targetBlock) => Path.Combine(_folder, FormattableString.Invariant($"solved-{targetBlock:00000}.safetensors"));

    private string CellPath(int targetBlock, int sampleBlock) =>
        Path.Combine(_folder, FormattableString.Invariant($"harm-{targetBlock:00000}-{sampleBlock:00000}.safetensors"));

    private static Dictionary<string, string> Cost(TimeSpan time) => new()
    {
        [SecondsKey] = time.TotalSeconds.ToString("R", CultureInfo.InvariantCulture),
        [PeakKey] = ProcessMemory.PeakBytes().ToString(CultureInfo.InvariantCulture),
    };
}
