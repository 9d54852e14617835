using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dml.Plugins;

/// <summary>Everything that the images follow from, as glyphs.json beside them holds it.</summary>
/// <param name="Version">Raised with every change of a pixel.</param>
/// <param name="Seed">What all is drawn from.</param>
/// <param name="TrainingClasses">Number of training classes.</param>
/// <param name="TestClasses">Number of test classes.</param>
/// <param name="SamplesPerClass">Images of each class.</param>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="Jitter">0..1.</param>
/// <param name="FamilySize">Classes of a family.</param>
/// <param name="Strokes">Most strokes of a class.</param>
/// <param name="Noise">Deviation of the gray values.</param>
internal sealed record GlyphManifest(
    int Version, long Seed, int TrainingClasses, int TestClasses, int SamplesPerClass, int Size, double Jitter, int FamilySize, int Strokes, double Noise)
{
    /// <summary>Its file name.</summary>
    public const string FileName = "glyphs.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n" };

    /// <summary>Number of classes.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Classes => TrainingClasses + TestClasses;

    /// <summary>The settings of a run.</summary>
    /// <param name="options">The options.</param>
    /// <param name="runSeed">The seed where the options give none.</param>
    public static GlyphManifest Of(GlyphsOptions options, long runSeed) => new(
        1, options.Seed ?? runSeed, options.TrainingClasses, options.TestClasses, options.SamplesPerClass, options.Size,
        options.Jitter, options.FamilySize, options.Strokes, options.Noise);

    /// <summary>The text of glyphs.json.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>What a glyphs.json says otherwise, such as "size 32 instead of 48"; empty when it is the same dataset.</summary>
    /// <param name="json">Its text.</param>
    public IReadOnlyList<string> DifferencesFrom(string json)
    {
        JsonObject found;
        try
        {
            found = JsonNode.Parse(json) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return [$"an unreadable {FileName}"];
        }

        var wanted = JsonSerializer.SerializeToNode(this, Json)!.AsObject();
        return [.. from setting in wanted
                   let other = found[setting.Key]
                   where !JsonNode.DeepEquals(setting.Value, other)
                   select $"{setting.Key} {other?.ToJsonString() ?? "missing"} instead of {setting.Value!.ToJsonString()}"];
    }
}
