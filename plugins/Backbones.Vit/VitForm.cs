namespace Dml.Plugins;

/// <summary>A transformer's form with everything decided.</summary>
internal sealed record VitForm
{
    /// <summary>Whose names it has.</summary>
    public required VitNames Names { get; init; }

    /// <summary>Features of a token.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Heads of the attention.</summary>
    public required int Heads { get; init; }

    /// <summary>Units of a block's perceptron, after the gate where there is one.</summary>
    public required int Hidden { get; init; }

    /// <summary>Side of a patch in pixels.</summary>
    public required int Patch { get; init; }

    /// <summary>Patches along a side of the images that the position embedding was made for.</summary>
    public required int Grid { get; init; }

    /// <summary>Registers.</summary>
    public required int Registers { get; init; }

    /// <summary>Of the perceptron.</summary>
    public required VitActivation Activation { get; init; }

    /// <summary>Whether a block's branches are scaled feature by feature.</summary>
    public required bool HasLayerScale { get; init; }

    /// <summary>Whether a norm stands before the blocks; patches then have no bias.</summary>
    public required bool HasPreNorm { get; init; }

    /// <summary>Whether the class token has a position of its own; timm's with registers have none.</summary>
    public required bool HasClassPosition { get; init; }

    /// <summary>Whether positions are brought to another size with antialiasing.</summary>
    public required bool IsAntialiased { get; init; }

    /// <summary>Features after the projection; null where there is none.</summary>
    public required int? Projection { get; init; }

    /// <summary>How tokens become features.</summary>
    public required VitPooling Pooling { get; init; }

    /// <summary>Blocks that are trained; null for everything.</summary>
    public required int? Trainable { get; init; }

    /// <summary>Added to variances: published as 1e-5 of CLIP, 1e-6 of the others.</summary>
    public double Epsilon => HasPreNorm ? 1e-5 : 1e-6;

    /// <summary>D, the features of an image.</summary>
    public int Features => Projection ?? Width;

    /// <summary>Decides and checks.</summary>
    /// <exception cref="DmlException">Options that do not go together.</exception>
    public static VitForm Of(VitOptions options)
    {
        var (family, size) = (options.Family, options.Size);
        Check(options);
        var numbers = Published(family, size);
        var patch = options.Patch ?? (family == VitFamily.Dinov2 || (family == VitFamily.Clip && size >= VitSize.Large) ? 14 : 16);
        var side = options.ImageSize ?? (family == VitFamily.Dinov2 ? 518 : 224);
        Require(side >= patch, "imageSize", $"a patch of {patch} pixels or more", side, "give the side of the images that the position embedding was made for");
        var width = options.Width ?? numbers.Width;
        var form = new VitForm
        {
            Names = VitNames.Of(family),
            Width = width,
            Depth = options.Depth ?? numbers.Depth,
            Heads = options.Heads ?? numbers.Heads,
            Hidden = options.Hidden ?? (options.Width is null ? numbers.Hidden : 4 * width),
            Patch = patch,
            Grid = side / patch,
            Registers = options.Registers,
            Activation = options.Activation ?? Usual(family, size),
            HasLayerScale = family == VitFamily.Dinov2 || options.LayerScale,
            HasPreNorm = family == VitFamily.Clip || options.PreNorm,
            HasClassPosition = family != VitFamily.Timm || options.Registers == 0,
            IsAntialiased = options.Antialias ?? (family != VitFamily.Dinov2 || options.Registers > 0),
            Projection = family == VitFamily.Clip && options.Projection ? options.ProjectionSize ?? numbers.Projection : null,
            Pooling = options.Pooling,
            Trainable = options.TrainableBlocks,
        };
        form.Check();
        return form;
    }

    /// <summary>DINOv2's and CLIP's model cards; the giant of CLIP is OpenCLIP's ViT-g/14.</summary>
    private static (int Width, int Depth, int Heads, int Hidden, int Projection) Published(VitFamily family, VitSize size) => (size, family) switch
    {
        (VitSize.Small, _) => (384, 12, 6, 1536, 512),
        (VitSize.Base, _) => (768, 12, 12, 3072, 512),
        (VitSize.Large, _) => (1024, 24, 16, 4096, 768),
        (_, VitFamily.Clip) => (1408, 40, 16, 6144, 1024),

        // Two thirds of four times the width: a gate needs three matrices where a plain perceptron has two.
        _ => (1536, 40, 24, 4096, 0),
    };

    private static VitActivation Usual(VitFamily family, VitSize size) =>
        family == VitFamily.Clip ? VitActivation.QuickGelu : size == VitSize.Giant ? VitActivation.SwiGlu : VitActivation.Gelu;

    private static void Check(VitOptions options)
    {
        var family = options.Family;
        Require(family != VitFamily.Clip || options.Registers == 0, "registers", "0 for the family clip", options.Registers, "choose dinov2 or timm for them");
        Require(
            family != VitFamily.Clip || options.Activation != VitActivation.SwiGlu, "activation", "gelu or quickGelu for the family clip", "swiGlu",
            "choose one of these");
        Require(family == VitFamily.Timm || !options.LayerScale, "layerScale", "false but for the family timm", "true", "leave it out");
        Require(family == VitFamily.Timm || !options.PreNorm, "preNorm", "false but for the family timm", "true", "leave it out");
    }

    private void Check()
    {
        Require(Width % Heads == 0, "heads", $"a divisor of the width {Width}", Heads, "choose another number of heads");
        Require((Trainable ?? 0) <= Depth, "trainableBlocks", $"at most the {Depth} blocks that there are", Trainable, "leave it out to train all of them");
    }

    private static void Require(bool holds, string option, string expected, object? found, string remedy)
    {
        if (!holds) throw new DmlException($"backbone.{option}: expected {expected}, found {found}; {remedy}.");
    }
}
