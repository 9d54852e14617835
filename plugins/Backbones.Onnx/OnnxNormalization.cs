using System.Globalization;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>What pixels become before they go into a model: given by options, noted in the model, or assumed.</summary>
/// <param name="Value">Means, deviations, order.</param>
/// <param name="Source">Where it was found, as the end of a clause.</param>
internal sealed record OnnxNormalization(InputNormalization Value, string Source)
{
    /// <summary>Keys of the metadata that an export of this program notes.</summary>
    private const string MeanKey = "dml.mean";
    private const string StdKey = "dml.std";
    private const string ChannelsKey = "dml.channels";

    /// <summary>Keys of the image metadata that ONNX defines.</summary>
    private const string RangeKey = "Image.NominalPixelRange";
    private const string FormatKey = "Image.BitmapPixelFormat";

    private static readonly InputNormalization Bytes = new([0, 0, 0], [1 / 255f, 1 / 255f, 1 / 255f]);

    /// <summary>Finds it.</summary>
    /// <param name="options">What is given.</param>
    /// <param name="metadata">What the exporter noted.</param>
    /// <param name="input">dtype of the input.</param>
    /// <exception cref="DmlException">An option is not three numbers.</exception>
    public static OnnxNormalization Of(OnnxOptions options, IReadOnlyDictionary<string, string> metadata, ScalarType input)
    {
        var (found, source) = Noted(metadata) ?? (input == ScalarType.Byte ? (Bytes, "since the input takes bytes")
            : (InputNormalization.ImageNet, "ImageNet's, assumed since neither the options nor the model give one"));
        var (mean, std) = (Three(options.Mean, "backbone.mean"), Three(options.Std, "backbone.std"));
        if (mean is not null && std is not null) source = "given";
        else if (mean is not null || std is not null) source = $"given in part, the rest {source}";
        var order = options.Channels switch
        {
            OnnxChannels.Rgb => ChannelOrder.Rgb,
            OnnxChannels.Bgr => ChannelOrder.Bgr,
            _ => IsBgr(metadata) ? ChannelOrder.Bgr : ChannelOrder.Rgb,
        };
        return new(new(mean ?? found.Mean, std ?? found.Std) { Order = order }, source);
    }

    /// <summary>Means, deviations and order with where they come from, for people.</summary>
    public override string ToString() =>
        $"mean [{List(Value.Mean)}], deviation [{List(Value.Std)}], {Value.Order.ToString().ToLowerInvariant()} ({Source})";

    private static (InputNormalization, string)? Noted(IReadOnlyDictionary<string, string> metadata)
    {
        const string Note = "noted in the model";
        if (Numbers(metadata.GetValueOrDefault(MeanKey)) is { } mean && Numbers(metadata.GetValueOrDefault(StdKey)) is { } std) return (new(mean, std), Note);
        return metadata.GetValueOrDefault(RangeKey) switch
        {
            "NominalRange_0_255" => (Bytes, Note),
            "Normalized_0_1" => (new([0, 0, 0], [1, 1, 1]), Note),
            "Normalized_1_1" => (new([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]), Note),
            _ => null,
        };
    }

    private static bool IsBgr(IReadOnlyDictionary<string, string> metadata) =>
        (metadata.GetValueOrDefault(ChannelsKey) ?? metadata.GetValueOrDefault(FormatKey))?.StartsWith("bgr", StringComparison.OrdinalIgnoreCase) == true;

    private static float[]? Numbers(string? text)
    {
        var parts = text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var numbers = new List<float>();
        foreach (var part in parts)
        {
            if (float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number)) numbers.Add(number);
        }

        return numbers.Count == 3 ? [.. numbers] : null;
    }

    private static float[]? Three(IReadOnlyList<double>? values, string option) => values is null ? null
        : values.Count == 3 && values.All(double.IsFinite) ? [.. values.Select(v => (float)v)]
        : throw new DmlException(option, "three finite numbers, for red, green and blue", $"[{string.Join(", ", values)}]", "give three");

    private static string List(IReadOnlyList<float> values) => string.Join(", ", values.Select(v => v.ToString("G4", CultureInfo.InvariantCulture)));
}
