namespace Dml.Plugins;

/// <summary>Options of the vision transformers.</summary>
public sealed record VitOptions
{
    /// <summary>dinov2, clip or timm: whose names and details the transformer has.</summary>
    public VitFamily Family { get; init; } = VitFamily.Dinov2;

    /// <summary>small, base, large or giant.</summary>
    public VitSize Size { get; init; } = VitSize.Small;

    /// <summary>File of weights to start from, .pth or .safetensors; random weights when not given.</summary>
    public string? Pretrained { get; init; }

    /// <summary>What stands before the backbone's names in a file that holds it more than once, such as teacher.backbone; found when not given.</summary>
    public string? PretrainedPrefix { get; init; }

    /// <summary>Whether a weights file may lack tensors or hold others; they are told as warnings.</summary>
    public bool AllowPartialWeights { get; init; }

    /// <summary>How many of the last blocks are trained, with the last norm and the projection; 0 keeps everything as it is, null trains all.</summary>
    [Range(0, 1000)]
    public int? TrainableBlocks { get; init; }

    /// <summary>class or mean: how tokens become features.</summary>
    public VitPooling Pooling { get; init; } = VitPooling.Class;

    /// <summary>Registers, further tokens that belong to no patch: 4 in DINOv2's files with registers.</summary>
    [Range(0, 1024)]
    public int Registers { get; init; }

    /// <summary>Side of a patch in pixels; null for 14 of dinov2 and of the large sizes of clip, 16 of the others.</summary>
    [Range(1, 1024)]
    public int? Patch { get; init; }

    /// <summary>Side in pixels of the images that the position embedding was made for; null for 518 of dinov2, 224 of the others.</summary>
    [Range(1, 65536)]
    public int? ImageSize { get; init; }

    /// <summary>imageNet, half or clip: what pixels are normalised with; null for imageNet of dinov2, clip of clip, half of timm.</summary>
    public VitInput? Input { get; init; }

    /// <summary>
    /// How position embeddings are brought to another size, bicubically: true with antialiasing to the exact grid, false without and with
    /// the published 0.1 in the scale; null for false of dinov2 without registers, true of the others.
    /// </summary>
    public bool? Antialias { get; init; }

    /// <summary>gelu, quickGelu or swiGlu; null for quickGelu of clip, swiGlu of the giants of dinov2 and timm, gelu of the others.</summary>
    public VitActivation? Activation { get; init; }

    /// <summary>Whether clip's features are projected, to 512 of small and base, 768 of large, 1024 of giant.</summary>
    public bool Projection { get; init; } = true;

    /// <summary>Whether timm's blocks have layer scales, as DINOv2's weights in timm do; dinov2 always has them.</summary>
    public bool LayerScale { get; init; }

    /// <summary>Whether timm's has a norm before the blocks, as CLIP's weights in timm do; clip always has it.</summary>
    public bool PreNorm { get; init; }

    /// <summary>Blocks, where not those of the size.</summary>
    [Range(1, 1000)]
    public int? Depth { get; init; }

    /// <summary>Features of a token, where not those of the size.</summary>
    [Range(1, 65536)]
    public int? Width { get; init; }

    /// <summary>Heads of the attention, a divisor of the width, where not those of the size.</summary>
    [Range(1, 1024)]
    public int? Heads { get; init; }

    /// <summary>Units of a block's perceptron; null for those of the size, 4 times a width that is given.</summary>
    [Range(1, 1048576)]
    public int? Hidden { get; init; }

    /// <summary>Features after clip's projection, where not those of the size.</summary>
    [Range(1, 65536)]
    public int? ProjectionSize { get; init; }
}
