namespace Dml.Plugins;

/// <summary>Which input of a model images go into, which output is its features, and how the images lie: given by options or found in the model.</summary>
/// <param name="Input">The input.</param>
/// <param name="Output">The output.</param>
/// <param name="ChannelsLast">Whether images go in as (B, H, W, 3).</param>
internal sealed record OnnxForm(OnnxValue Input, OnnxValue Output, bool ChannelsLast)
{
    private const int ImageRank = 4;
    private const int Colours = 3;

    /// <summary>Images in a batch, always as many; null where any number is.</summary>
    public int? BatchSize => Fixed(0);

    /// <summary>H and W of the only images that it takes; null where it takes others too.</summary>
    public (int Height, int Width)? ImageSize => Fixed(ChannelsLast ? 1 : 2) is { } height && Fixed(ChannelsLast ? 2 : 3) is { } width ? (height, width) : null;

    /// <summary>Finds them.</summary>
    /// <param name="options">What is given.</param>
    /// <param name="inputs">The model's inputs.</param>
    /// <param name="outputs">Its outputs.</param>
    /// <param name="file">The model, for messages.</param>
    /// <exception cref="DmlException">There is none of the name, there are several, or it takes no images.</exception>
    public static OnnxForm Of(OnnxOptions options, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue> outputs, string file)
    {
        var input = InputOf(options.Input, inputs, file);
        return new(input, OutputOf(options.Output, outputs, file), IsChannelsLast(options.Layout, input, file));
    }

    private int? Fixed(int dimension) => Input.Shape.Count == ImageRank && Input.Shape[dimension] is > 0 and var size ? size : null;

    private static OnnxValue InputOf(string? name, IReadOnlyList<OnnxValue> inputs, string file)
    {
        var chosen = name is null ? (inputs.Count == 1 ? inputs : [.. inputs.Where(i => i.Shape.Count == ImageRank)]) : [.. inputs.Where(i => i.Name == name)];
        if (chosen.Count != 1)
        {
            throw new DmlException(
                "backbone.input", name is null ? "one input that takes images" : $"an input \"{name}\"", List(inputs),
                "give the name of the input of images", file);
        }

        if (inputs.Count > 1)
        {
            throw new DmlException(
                null, $"a model with images as its only input", List(inputs), "export the part of it that takes images alone", file);
        }

        var input = chosen[0];
        if (input.Shape.Count is not (0 or ImageRank))
        {
            throw new DmlException(null, "an input of images (B, 3, H, W) or (B, H, W, 3)", $"{input}", "give a model of images", file);
        }

        return input.Dtype is not null ? input
            : throw new DmlException(
                null, "an input of float32, float16, bfloat16, float64 or bytes", $"{input}", "export the model anew with one of these", file);
    }

    private static OnnxValue OutputOf(string? name, IReadOnlyList<OnnxValue> outputs, string file)
    {
        const int FeatureRank = 2;
        var chosen = name is not null ? [.. outputs.Where(o => o.Name == name)]
            : outputs.Count == 1 ? outputs : [.. outputs.Where(o => o.Shape.Count == FeatureRank)];
        if (chosen.Count != 1)
        {
            throw new DmlException(
                "backbone.output", name is null ? "one output, or one of two dimensions (B, D)" : $"an output \"{name}\"", List(outputs),
                "give the name of the one that is taken as features", file);
        }

        var output = chosen[0];
        return output.Dtype is not null ? output
            : throw new DmlException("backbone.output", "an output of float32, float16, bfloat16 or float64", $"{output}", "choose another output", file);
    }

    private static bool IsChannelsLast(OnnxLayout layout, OnnxValue input, string file)
    {
        if (input.Shape is not [_, var second, _, var last]) return layout == OnnxLayout.Nhwc;
        var found = (second == Colours, last == Colours) switch
        {
            (true, false) => OnnxLayout.Nchw,
            (false, true) => OnnxLayout.Nhwc,
            _ => OnnxLayout.Auto,
        };
        if (layout == OnnxLayout.Auto && found == OnnxLayout.Auto)
        {
            throw new DmlException(
                "backbone.layout", "three channels in the second dimension or in the last", $"{input}",
                "give nchw or nhwc, or a model of images of three channels if it has another number", file);
        }

        var chosen = layout == OnnxLayout.Auto ? found : layout;
        var channels = chosen == OnnxLayout.Nhwc ? last : second;
        return channels is Colours or < 0 ? chosen == OnnxLayout.Nhwc
            : throw new DmlException(
                "backbone.layout", "three channels, red, green and blue", $"{channels} in {input} as {chosen.ToString().ToLowerInvariant()}",
                "choose the other layout, or a model of colour images", file);
    }

    private static string List(IReadOnlyList<OnnxValue> values) => values.Count == 0 ? "none" : string.Join(", ", values);
}
