using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>
/// Vision transformers (Dosovitskiy et al., ICLR 2021) with the parameters' names and the details of DINOv2, CLIP's image tower or timm,
/// trained, frozen or with the last blocks trained. Images of any H and W of a patch or more; pixels at the right and at the bottom
/// that fill no patch are left out.
/// </summary>
[Plugin("vit")]
public sealed class VitBackbone : IBackbone
{
    private static readonly InputNormalization Half = new([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]);

    private static readonly InputNormalization Clip = new([0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);

    private readonly VitOptions _options;
    private readonly VitForm _form;

    /// <summary>Checks the options.</summary>
    /// <param name="options">Family, size, weights to start from, what is trained.</param>
    /// <exception cref="DmlException">Options do not go together.</exception>
    public VitBackbone(VitOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _form = VitForm.Of(options);
    }

    /// <inheritdoc/>
    public int FeatureSize => _form.Features;

    /// <inheritdoc/>
    public InputNormalization Normalization => (_options.Input, _options.Family) switch
    {
        (VitInput.Half, _) or (null, VitFamily.Timm) => Half,
        (VitInput.Clip, _) or (null, VitFamily.Clip) => Clip,
        _ => InputNormalization.ImageNet,
    };

    /// <inheritdoc/>
    public PretrainedWeights? Pretrained => _options.Pretrained is { } file
        ? new(file, Origin, _options.AllowPartialWeights) { Prefix = _options.PretrainedPrefix } : null;

    private string Origin => _options.Family switch
    {
        VitFamily.Dinov2 => $"https://dl.fbaipublicfiles.com/dinov2/dinov2_vit{Letter}14/dinov2_vit{Letter}14"
            + (_options.Registers > 0 ? "_reg4_pretrain.pth" : "_pretrain.pth"),
        VitFamily.Clip => $"a state_dict of CLIP's ViT-{char.ToUpperInvariant(Letter)}/{_form.Patch}, saved by torch.save(model.state_dict(), FILE) "
            + "from OpenAI's clip package or from OpenCLIP",
        _ => "model.safetensors of the model in timm's collection on Hugging Face, such as "
            + $"vit_{_options.Size.ToString().ToLowerInvariant()}_patch{_form.Patch}",
    };

    private char Letter => char.ToLowerInvariant(_options.Size.ToString()[0]);

    /// <inheritdoc/>
    public nn.Module<Tensor, Tensor> CreateModule() => new VitModule(_form);

    /// <inheritdoc/>
    /// <remarks>
    /// DINOv2's own training saves its blocks in chunks, <c>blocks.CHUNK.BLOCK</c>, with the block's number among all. A classifier of timm
    /// and a projection that is not wanted are left out.
    /// </remarks>
    public string? MapWeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_options.Family == VitFamily.Timm) return name is "head.weight" or "head.bias" ? null : name;
        if (_options.Family == VitFamily.Clip) return name == _form.Names.Projection && _form.Projection is null ? null : name;
        return name.Split('.') is ["blocks", var chunk, var block, .. var rest] && IsNumber(chunk) && IsNumber(block)
            ? string.Join('.', ["blocks", block, .. rest]) : name;
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
