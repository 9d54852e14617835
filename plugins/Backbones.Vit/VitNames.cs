namespace Dml.Plugins;

/// <summary>What the published code of a family calls the parts of its transformer.</summary>
internal sealed record VitNames
{
    private static readonly VitNames Timm = new()
    {
        ClassToken = "cls_token",
        Positions = "pos_embed",
        Registers = "reg_token",
        Patches = ["patch_embed", "proj"],
        PreNorm = "norm_pre",
        Blocks = ["blocks"],
        FirstNorm = "norm1",
        Attention = "qkv",
        AttentionOutput = "proj",
        SecondNorm = "norm2",
        Wide = "fc1",
        Narrow = "fc2",
        Gated = "fc1",
        Ungated = "fc2",
        Norm = "norm",
    };

    private static readonly VitNames Dinov2 = Timm with { Registers = "register_tokens", Mask = "mask_token", Gated = "w12", Ungated = "w3" };

    private static readonly VitNames Clip = new()
    {
        ClassToken = "class_embedding",
        Positions = "positional_embedding",
        Patches = ["conv1"],
        PreNorm = "ln_pre",
        Blocks = ["transformer", "resblocks"],
        FirstNorm = "ln_1",
        AttentionOutput = "out_proj",
        SecondNorm = "ln_2",
        Wide = "c_fc",
        Narrow = "c_proj",
        Norm = "ln_post",
        Projection = "proj",
    };

    /// <summary>The class token: of one dimension in CLIP, which has no <see cref="Attention"/>, of three in the others.</summary>
    public required string ClassToken { get; init; }

    /// <summary>The position embedding.</summary>
    public required string Positions { get; init; }

    /// <summary>The registers.</summary>
    public string Registers { get; init; } = "";

    /// <summary>What stood for hidden patches in the pretraining; null where the published code has none.</summary>
    public string? Mask { get; init; }

    /// <summary>The convolution over patches, from the outside in.</summary>
    public required IReadOnlyList<string> Patches { get; init; }

    /// <summary>The norm before the blocks.</summary>
    public required string PreNorm { get; init; }

    /// <summary>The list of blocks, from the outside in.</summary>
    public required IReadOnlyList<string> Blocks { get; init; }

    /// <summary>A block's norm before its attention.</summary>
    public required string FirstNorm { get; init; }

    /// <summary>The layer of queries, keys and values; null where they are two parameters, in_proj_weight and in_proj_bias.</summary>
    public string? Attention { get; init; }

    /// <summary>The attention's last layer.</summary>
    public required string AttentionOutput { get; init; }

    /// <summary>A block's norm before its perceptron.</summary>
    public required string SecondNorm { get; init; }

    /// <summary>The perceptron's first layer.</summary>
    public required string Wide { get; init; }

    /// <summary>Its second layer.</summary>
    public required string Narrow { get; init; }

    /// <summary>The first layer of one with a gate.</summary>
    public string Gated { get; init; } = "";

    /// <summary>Its second layer.</summary>
    public string Ungated { get; init; } = "";

    /// <summary>The last norm.</summary>
    public required string Norm { get; init; }

    /// <summary>The projection of the features.</summary>
    public string Projection { get; init; } = "";

    /// <summary>The names of a family.</summary>
    public static VitNames Of(VitFamily family) => family switch
    {
        VitFamily.Dinov2 => Dinov2,
        VitFamily.Clip => Clip,
        _ => Timm,
    };
}
