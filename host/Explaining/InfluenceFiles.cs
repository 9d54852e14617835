using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dml.Host.Features;
using Dml.Host.Runs;
using Dml.Numerics.Storage;
using static TorchSharp.torch;

namespace Dml.Host.Explaining;

/// <summary>Writes the three files of an influence computation: scores.safetensors, influence.json, top.csv.</summary>
internal static class InfluenceFiles
{
    public const string Scores = "scores.safetensors";
    public const string Summary = "influence.json";
    public const string Top = "top.csv";

    /// <summary>Writes all three into a folder.</summary>
    /// <param name="folder">The folder; made if it is missing.</param>
    /// <param name="result">What was computed.</param>
    /// <param name="set">The features that it was computed from.</param>
    /// <param name="top">Most samples of each side in top.csv.</param>
    public static void Write(string folder, InfluenceResult result, FeatureSet set, int top)
    {
        // The summary goes first and comes last: where it stands, the other two belong to it.
        AtomicFile.Remove(Path.Combine(folder, Summary));
        SafeTensors.Write(Path.Combine(folder, Scores), [("harm", result.Scores.Harm)], new Dictionary<string, string>
        {
            ["estimator"] = result.Estimator,
            ["loss"] = result.Loss,
            ["sign"] = "harm > 0: training on the sample makes the explained error worse",
        });
        AtomicFile.WriteText(Path.Combine(folder, Top), TopCsv(result, set, top));
        AtomicFile.Write(Path.Combine(folder, Summary), stream => WriteSummary(stream, result));
    }

    private static void WriteSummary(Stream stream, InfluenceResult result)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("estimator", result.Estimator);
        json.WriteString("loss", result.Loss);
        json.WriteString("precision", result.Scores.Harm.dtype == float64 ? "float64" : "float32");
        json.WritePropertyName("settings");
        WriteJson(json, result.EstimatorSettings);
        json.WriteStartArray("targets");
        foreach (var (target, note) in result.Scores.Targets.Zip(result.Notes)) WriteTarget(json, target, note);
        json.WriteEndArray();
        json.WriteString("sign", "harm > 0: training on the sample makes the explained error worse; harm < 0: it helps");
        json.WritePropertyName("lossSettings");
        WriteJson(json, result.LossSettings);
        json.WriteBoolean("lossIsMeanOfSamples", result.LossIsMeanOfSamples);
        if (result.LossNote is { } lossNote) json.WriteString("lossNote", lossNote);
        json.WriteNumber("trainingSamples", result.Scores.Harm.shape[1]);
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
        if (target.Confusion.Kind == ConfusionKind.Pair) json.WriteBoolean("nearestNeighbour", note.Length == 0);
        if (note.Length > 0) json.WriteString("note", note);
        json.WriteEndObject();
    }

    private static string TopCsv(InfluenceResult result, FeatureSet set, int top)
    {
        var text = new StringBuilder("target,rank,side,index,id,label,harm\n");
        var labels = set.TrainLabels.data<long>().ToArray();
        foreach (var (row, target) in result.Scores.Targets.Index())
        {
            var harm = result.HarmOf(row);
            foreach (var (side, samples) in new[] { ("harmful", ScoreRanking.MostHarmful(harm, top)), ("helpful", ScoreRanking.MostHelpful(harm, top)) })
            {
                foreach (var (rank, index) in samples.Index())
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Csv.Quote(target.Confusion.Name)},{rank + 1},{side},{index},{Csv.Quote(set.TrainIds[index])},{labels[index]},{harm[index]:R}\n");
                }
            }
        }

        return text.ToString();
    }
}
