using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>Writes the three files of an influence computation: scores.safetensors, influence.json, top.csv.</summary>
internal static class InfluenceFiles
{
    public const string Scores = "scores.safetensors";
    public const string Summary = "influence.json";
    public const string Top = "top.csv";

    private const string Unsigned = "none: this estimator's scores are relevance; their sign tells nothing of harm and help";

    /// <summary>Writes all three from the parts of a computation, which must be complete; they replace those before them together.</summary>
    /// <param name="folder">The folder; made if it is missing.</param>
    /// <param name="parts">The parts.</param>
    /// <param name="samples">Ids and labels of the training samples.</param>
    /// <returns>What was written; the scores stay in their file.</returns>
    public static InfluenceResult Write(string folder, InfluenceParts parts, TrainingSamples samples)
    {
        var plan = parts.Plan;
        using var set = new FileSet(folder);
        var scores = set.Add(Scores);
        var form = new TensorForm(plan.Precision == "float64" ? float64 : float32, [plan.Targets.Count, plan.TrainingSamples]);
        SafeTensors.Write(scores, [("harm", form, Rows(parts))], new Dictionary<string, string>
        {
            ["estimator"] = plan.Estimator,
            ["loss"] = plan.Loss,
            ["sign"] = plan.Signed ? "harm > 0: training on the sample makes the explained error worse" : Unsigned,
        });
        var result = new InfluenceResult(
            plan.Estimator, plan.EstimatorSettings, plan.Loss, plan.LossSettings, plan.LossIsMeanOfSamples, plan.Signed,
            new(SafeTensors.Open(scores).Map("harm"), parts.Explanations()), [.. plan.Targets.Select(t => t.Note)]);
        try
        {
            var top = set.Add(Top, TopCsv(result, samples, plan.Top));
            var origin = plan.Inputs is null ? null : new Origin(plan.Inputs) { Files = new Dictionary<string, string> { [Scores] = FileHash.Of(scores), [Top] = top } };
            AtomicFile.Write(set.Add(Summary), stream => WriteSummary(stream, result, plan, parts.Cost(), origin));
            set.Commit();
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>The score matrix row by row, each row from the cells of its target's block.</summary>
    private static IEnumerable<Tensor> Rows(InfluenceParts parts)
    {
        foreach (var (block, targets) in parts.Plan.TargetBlocks.Index())
        {
            Tensor[] cells = [.. Enumerable.Range(0, parts.Plan.SampleBlocks.Count).Select(s => parts.Cell(block, s))];
            for (var row = 0; row < targets.Count; row++)
            {
                foreach (var cell in cells) yield return cell[row];
            }

            foreach (var cell in cells) cell.Dispose();
        }
    }

    private static void WriteSummary(Stream stream, InfluenceResult result, InfluencePlan plan, InfluenceCost cost, Origin? origin)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("estimator", result.Estimator);
        json.WriteString("loss", result.Loss);
        json.WriteString("precision", plan.Precision);
        json.WritePropertyName("settings");
        WriteJson(json, result.EstimatorSettings);
        json.WriteStartArray("targets");
        foreach (var (target, note) in result.Scores.Targets.Zip(result.Notes)) WriteTarget(json, target, note);
        json.WriteEndArray();
        json.WriteBoolean("signed", plan.Signed);
        json.WriteString("sign", plan.Signed ? "harm > 0: training on the sample makes the explained error worse; harm < 0: it helps" : Unsigned);
        json.WritePropertyName("lossSettings");
        WriteJson(json, result.LossSettings);
        json.WriteBoolean("lossIsMeanOfSamples", result.LossIsMeanOfSamples);
        if (result.LossNote is { } lossNote) json.WriteString("lossNote", lossNote);
        json.WriteNumber("trainingSamples", plan.TrainingSamples);
        json.WriteStartObject("computation");
        json.WriteNumber("sampleBlock", plan.SampleBlock);
        json.WriteNumber("targetBlock", plan.TargetBlock);
        json.WriteNumber("threads", plan.Threads);
        json.WriteString("processor", plan.Processor);
        json.WriteString("featuresFingerprint", plan.FeaturesFingerprint);
        json.WriteStartArray("checkpointFingerprints");
        foreach (var fingerprint in plan.CheckpointFingerprints) json.WriteStringValue(fingerprint);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("cost");
        json.WriteNumber("solveSeconds", cost.SolveSeconds);
        json.WriteNumber("scoreSeconds", cost.ScoreSeconds);
        json.WriteNumber("peakMemoryBytes", cost.PeakMemoryBytes);
        json.WriteEndObject();
        if (origin is not null)
        {
            json.WritePropertyName("origin");
            JsonSerializer.Serialize(json, origin, RunJson.Default.Origin);
        }

        json.WriteEndObject();
    }

    /// <summary>Written value by value, so that it is indented like the rest.</summary>
    private static void WriteJson(Utf8JsonWriter json, string text)
    {
        using var document = JsonDocument.Parse(text);
        document.RootElement.WriteTo(json);
    }

    private static void WriteTarget(Utf8JsonWriter json, TargetExplanation target, string note)
    {
        json.WriteStartObject();
        json.WriteString("name", target.Confusion.Name);
        json.WriteString("kind", target.Confusion.Kind == ConfusionKind.Pair ? "pair" : "group");
        json.WriteStartArray("pairs");
        foreach (var pair in target.Confusion.Pairs)
        {
            json.WriteStartArray();
            json.WriteNumberValue(pair.Anchor);
            json.WriteNumberValue(pair.Neighbour);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteNumber("distance", target.Distance);
        json.WriteStartArray("directions");
        foreach (var direction in target.Directions)
        {
            json.WriteStartObject();
            json.WriteNumber("sign", direction.Sign);
            json.WriteNumber("steps", direction.Steps);
            json.WriteNumber("deltaDistance", direction.DeltaDistance);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("path", target.Path);
        WriteSolver(json, target.Solver);
        if (target.Confusion.Kind == ConfusionKind.Pair) json.WriteBoolean("nearestNeighbour", note.Length == 0);
        if (note.Length > 0) json.WriteString("note", note);
        json.WriteEndObject();
    }

    private static void WriteSolver(Utf8JsonWriter json, SolverCertificate? solver)
    {
        json.WriteStartObject("solver");
        json.WriteString("name", solver?.Solver ?? "none");
        if (solver is not null)
        {
            json.WriteNumber("iterations", solver.Iterations);
            if (solver.Residual is { } residual) json.WriteNumber("residual", residual);
            if (solver.Condition is { } condition) json.WriteNumber("condition", condition);
        }

        var note = solver?.Note ?? "this estimator solves no linear system, so there is no residual and no condition";
        if (note.Length > 0) json.WriteString("note", note);
        json.WriteEndObject();
    }

    private static string TopCsv(InfluenceResult result, TrainingSamples samples, int top)
    {
        var text = new StringBuilder("target,rank,side,index,id,label,harm\n");
        foreach (var (row, target) in result.Scores.Targets.Index())
        {
            var harm = result.HarmOf(row);
            (string, IReadOnlyList<int>)[] sides = result.Signed
                ? [("harmful", ScoreRanking.MostHarmful(harm, top)), ("helpful", ScoreRanking.MostHelpful(harm, top))]
                : [("relevant", ScoreRanking.MostRelevant(harm, top))];
            foreach (var (side, ranked) in sides)
            {
                foreach (var (rank, index) in ranked.Index())
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Csv.Quote(target.Confusion.Name)},{rank + 1},{side},{index},{Csv.Quote(samples.Ids[index])},{samples.Labels[index]},{harm[index]:R}\n");
                }
            }
        }

        return text.ToString();
    }
}
