using Dml.Numerics;
using Dml.Storage;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>Images (B, 3, H, W) to features (B, D). Parameters are named as the published code of the family names them.</summary>
internal sealed class VitModule : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    /// <summary>Deviations of random weights and of the class token, those of DINOv2.</summary>
    private const double Deviation = 0.02, TokenDeviation = 1e-6;

    private readonly VitForm _form;
    private readonly Conv2d _patches;
    private readonly LayerNorm? _preNorm;
    private readonly LayerNorm _norm;
    private readonly List<VitBlock> _blocks = [];

    public VitModule(VitForm form) : base("Vit")
    {
        // As in a block, while the fields are empty.
        RegisterComponents();
        _form = form;
        RegisterTokens();
        _patches = nn.Conv2d(3, form.Width, form.Patch, stride: form.Patch, bias: !form.HasPreNorm);
        VitNamePart.Register(this, form.Names.Patches, _patches);
        if (form.HasPreNorm) register_module(form.Names.PreNorm, _preNorm = nn.LayerNorm(form.Width, form.Epsilon));
        var blocks = new ModuleList<VitBlock>();
        for (var i = 0; i < form.Depth; i++) blocks.Add(new VitBlock(form));
        VitNamePart.Register(this, form.Names.Blocks, blocks);
        _blocks.AddRange(blocks);
        register_module(form.Names.Norm, _norm = nn.LayerNorm(form.Width, form.Epsilon));
        DrawWeights();
        Freeze();
    }

    private bool IsClip => _form.Names.Attention is null;

    public override Tensor forward(Tensor input)
    {
        BackboneLayers.RequireImages(input, _form.Patch, "vit");
        using var scope = NewDisposeScope();
        var tokens = Tokens(input);
        foreach (var block in _blocks)
        {
            // Tokens that no gradient needs are freed block by block.
            using var previous = tokens;
            tokens = block.call(previous);
        }

        return Features(tokens).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>Positions are those of images of this size alone.</remarks>
    public OnnxGraph ToOnnx(int side)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var graph = VitOnnx.Tokens(side, _form, _patches, FirstAndPositions(side / _form.Patch, side / _form.Patch));
        if (_preNorm is not null) graph.LayerNorm(_preNorm.weight!, _preNorm.bias!, _form.Epsilon);
        foreach (var block in _blocks) block.AddTo(graph, _form.Epsilon);
        graph.LayerNorm(_norm.weight!, _norm.bias!, _form.Epsilon);
        VitOnnx.AddPooling(graph, _form, _form.Projection is null ? null : Parameter(_form.Names.Projection));
        return graph;
    }

    /// <summary>Class token, registers and patches, (B, N, width), with their positions.</summary>
    private Tensor Tokens(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (images.shape[2] / _form.Patch, images.shape[3] / _form.Patch);
        var (first, positions) = FirstAndPositions(rows, columns);
        var patches = Patches(images, rows, columns).to(Parameter(_form.Names.Positions).dtype) + positions;
        var tokens = cat([first.expand(images.shape[0], -1, -1), patches], 1);
        return (_preNorm is null ? tokens : _preNorm.call(tokens)).MoveToOuterDisposeScope();
    }

    /// <summary>Class token and registers, (F, width), as they begin, and the positions of the patches, (rows * columns, width).</summary>
    private (Tensor First, Tensor Positions) FirstAndPositions(long rows, long columns)
    {
        var stored = Parameter(_form.Names.Positions).view(-1, _form.Width);

        // The published code interpolates in float32 whatever the model's precision is, and a class token's position goes along.
        var positions = rows == _form.Grid && columns == _form.Grid ? stored : stored.to(float32);
        var first = Parameter(_form.Names.ClassToken).view(1, _form.Width);
        if (_form.HasClassPosition) (first, positions) = (first + positions[..1], positions[1..]);
        if (_form.Registers > 0) first = cat([first, Parameter(_form.Names.Registers).view(-1, _form.Width)]);
        return (first, VitPositions.Resized(positions, _form.Grid, rows, columns, _form.IsAntialiased));
    }

    /// <summary>The convolution over patches that do not overlap, as one product: it is right for every width on every processor.</summary>
    private Tensor Patches(Tensor images, long rows, long columns)
    {
        var (batch, side) = (images.shape[0], _form.Patch);
        var whole = images.narrow(2, 0, rows * side).narrow(3, 0, columns * side);
        var pixels = whole.reshape(batch, 3, rows, side, columns, side).permute(0, 2, 4, 1, 3, 5).reshape(batch, rows * columns, 3L * side * side);
        return VitLayers.Linear(pixels, _patches.weight!.view(_form.Width, -1), _patches.bias);
    }

    private Tensor Features(Tensor tokens)
    {
        var pooled = _form.Pooling == VitPooling.Class
            ? _norm.call(tokens.select(1, 0)) : _norm.call(tokens.narrow(1, 1 + _form.Registers, tokens.shape[1] - 1 - _form.Registers)).mean([1]);
        return _form.Projection is null ? pooled : pooled.mm(Parameter(_form.Names.Projection));
    }

    private Parameter Parameter(string name) => get_parameter(name)!;

    private void RegisterTokens()
    {
        var (names, width) = (_form.Names, _form.Width);
        var positions = (_form.Grid * _form.Grid) + (_form.HasClassPosition ? 1 : 0);
        register_parameter(names.ClassToken, new Parameter(IsClip ? zeros(width) : zeros(1, 1, width)));
        register_parameter(names.Positions, new Parameter(IsClip ? zeros(positions, width) : zeros(1, positions, width)));
        if (_form.Registers > 0) register_parameter(names.Registers, new Parameter(zeros(1, _form.Registers, width)));
        if (names.Mask is { } mask) register_parameter(mask, new Parameter(zeros(1, width)));
        if (_form.Projection is { } size) register_parameter(names.Projection, new Parameter(zeros(width, size)));
    }

    /// <summary>DINOv2's for all families: matrices and positions by a normal distribution cut at 2, biases 0; patches as every convolution of torch.</summary>
    private void DrawWeights()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        nn.init.normal_(Parameter(_form.Names.ClassToken), std: TokenDeviation);
        if (_form.Registers > 0) nn.init.normal_(Parameter(_form.Names.Registers), std: TokenDeviation);
        TruncatedNormal(Parameter(_form.Names.Positions));
        foreach (var (name, parameter) in named_parameters().Where(p => p.name.StartsWith(string.Join('.', _form.Names.Blocks), StringComparison.Ordinal)))
        {
            if (parameter.dim() == 2) TruncatedNormal(parameter);
            else if (name.EndsWith("bias", StringComparison.Ordinal)) nn.init.zeros_(parameter);
        }

        if (_form.Projection is not null) nn.init.normal_(Parameter(_form.Names.Projection), std: 1 / Math.Sqrt(_form.Width));
    }

    /// <summary>
    /// It is drawn through the inverse error function, which has no value at the ends of its range. Of tens of millions of draws in float32 one or the
    /// other falls there, and would make all features NaN.
    /// </summary>
    private static void TruncatedNormal(Tensor weights)
    {
        nn.init.trunc_normal_(weights, std: Deviation);
        weights.nan_to_num_(0, 0, 0);
    }

    /// <summary>All that is not trained gets no gradient; what stood for hidden patches in the pretraining is never used.</summary>
    private void Freeze()
    {
        if (_form.Names.Mask is { } mask) Parameter(mask).requires_grad = false;
        if (_form.Trainable is not { } last) return;
        foreach (var parameter in parameters()) parameter.requires_grad = false;
        if (last == 0) return;
        foreach (var parameter in _blocks.TakeLast(last).SelectMany(b => b.parameters()).Concat(_norm.parameters())) parameter.requires_grad = true;
        if (_form.Projection is not null) Parameter(_form.Names.Projection).requires_grad = true;
    }
}
