using System.Text.Json;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>One row of top.csv.</summary>
internal sealed record TopRow(string Target, int Rank, string Side, int Index, string Id, long Label, double Harm);

/// <summary>The three files of an influence computation, read back.</summary>
internal sealed class InfluenceRun(string folder)
{
    public Tensor Harm { get; } = SafeTensors.Open(Path.Combine(folder, "scores.safetensors")).Load("harm");

    public JsonElement Summary { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "influence.json"))).RootElement;

    public IReadOnlyList<JsonElement> Targets => [.. Summary.GetProperty("targets").EnumerateArray()];

    public IReadOnlyList<string> Names => [.. Targets.Select(t => t.GetProperty("name").GetString()!)];

    public IReadOnlyList<TopRow> Top { get; } = ReadTop(Path.Combine(folder, "top.csv"));

    /// <summary>The arguments that explain the golden features file.</summary>
    public static IReadOnlyList<string> Arguments(string features, string folder, params IReadOnlyList<string> more) =>
        ArgumentsWith("proxy-nca-pp", features, folder, ["--set", "loss.scale=3", .. more]);

    /// <summary>The arguments that explain a features file of a model that was trained with a given loss.</summary>
    public static IReadOnlyList<string> ArgumentsWith(string loss, string features, string folder, params IReadOnlyList<string> more) =>
        ["influence", "--features", features, "--loss", loss, "--estimator", "eif", "--out", folder, .. more];

    public static InfluenceRun Of(string features, string folder, params IReadOnlyList<string> more) => Of(Arguments(features, folder, more), folder);

    public static InfluenceRun Of(IReadOnlyList<string> arguments, string folder)
    {
        DmlCommand.Succeed(arguments);
        return new(folder);
    }

    private static IReadOnlyList<TopRow> ReadTop(string file)
    {
        var rows = Csv.Parse(File.ReadAllText(file));
        // The names of classes stand there where they are known.
        var named = rows[0].Contains("class");
        Assert.Equal(["target", "rank", "side", "index", "id", "label", .. named ? new[] { "class" } : [], "harm"], rows[0]);
        return [.. rows.Skip(1).Select(r => new TopRow(
            r[0], Number(r[1]), r[2], Number(r[3]), r[4], Number(r[5]), double.Parse(r[^1], System.Globalization.CultureInfo.InvariantCulture)))];
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
