using System.Globalization;
using System.Text;
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

    /// <summary>Writes all three from the parts of a computation, which must be complete; they replace those before them together.</summary>
    /// <param name="folder">The folder; made if it is missing.</param>
    /// <param name="parts">The parts.</param>
    /// <param name="names">Ids and classes of the samples.</param>
    /// <returns>What was written; the scores stay in their file.</returns>
    public static InfluenceResult Write(string folder, InfluenceParts parts, SampleNames names)
    {
        var plan = parts.Plan;
        RequireScores(parts);
        using var set = new FileSet(folder);
        var scores = set.Add(Scores);
        var form = new TensorForm(plan.Precision == "float64" ? float64 : float32, [plan.Targets.Count, plan.TrainingSamples]);
        SafeTensors.Write(scores, [("harm", form, Rows(parts))], new Dictionary<string, string>
        {
            ["estimator"] = plan.Estimator,
            ["loss"] = plan.Loss,
            ["sign"] = plan.Signed ? "harm > 0: training on the sample makes the explained error worse" : InfluenceSummary.Unsigned,
        });
        var result = new InfluenceResult(
            plan.Estimator, plan.EstimatorSettings, plan.Loss, plan.LossSettings, plan.LossIsMeanOfSamples, plan.Signed,
            new(SafeTensors.Open(scores).Map("harm"), parts.Explanations()));
        try
        {
            var top = set.Add(Top, TopCsv(result, names, plan.Top));
            var origin =
                plan.Inputs is null ? null : new Origin(plan.Inputs) { Files = new Dictionary<string, string> { [Scores] = FileHash.Of(scores), [Top] = top } };
            var summary = InfluenceSummary.Of(result, plan, parts.Cost(), names) with
            {
                FeaturesNotes = names.Notes.Count > 0 ? names.Notes : null,
                Origin = origin,
            };
            AtomicFile.Write(set.Add(Summary), summary.Write);
            set.Commit();
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Parts that are refused are removed: they would stand in the way of a computation with other settings.</summary>
    private static void RequireScores(InfluenceParts parts)
    {
        try
        {
            ExplainableLoss.RequireScores(Rows(parts), parts.Explanations(), parts.Plan.Loss, parts.Plan.Estimator);
        }
        catch (DmlException)
        {
            parts.Remove();
            throw;
        }
    }

    /// <summary>The score matrix row by row, each row from the cells of its target's block.</summary>
    private static IEnumerable<Tensor> Rows(InfluenceParts parts)
    {
        foreach (var (block, targets) in parts.Plan.Grid.ConfusionBlocks.Index())
        {
            Tensor[] cells = [.. Enumerable.Range(0, parts.Plan.Grid.SampleBlocks.Count).Select(s => parts.Cell(block, s))];
            for (var row = 0; row < targets.Count; row++)
            {
                foreach (var cell in cells) yield return cell[row];
            }

            foreach (var cell in cells) cell.Dispose();
        }
    }

    /// <summary>A line a sample; the column of class names is there where they are known.</summary>
    private static string TopCsv(InfluenceResult result, SampleNames names, int top)
    {
        var text = new StringBuilder($"target,rank,side,index,id,label,{(names.ClassNames is null ? "" : "class,")}harm\n");
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
                    var label = names.TrainLabels[index];
                    text.Append(CultureInfo.InvariantCulture, $"{Csv.Quote(target.Confusion.Name)},{rank + 1},{side},"
                        + $"{index},{Csv.Quote(names.TrainIds[index])},{label},");
                    if (names.ClassNames is not null) text.Append(Csv.Quote(names.Class(label))).Append(',');
                    text.Append(CultureInfo.InvariantCulture, $"{harm[index]:R}\n");
                }
            }
        }

        return text.ToString();
    }
}
