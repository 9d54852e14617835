using Dml.Numerics;
using static TorchSharp.torch;

namespace Template.Plugin1;

/// <summary>Options of the loss.</summary>
public sealed record Template_Plugin1Options
{
    /// <summary>s, the factor of the cosines.</summary>
    [Range(0.001, 1000)]
    public double Scale { get; init; } = 16;

    /// <summary>m, by which the own class's cosine is lowered.</summary>
    [Range(0, 2)]
    public double Margin { get; init; } = 0.1;
}

/// <summary>A softmax over the cosines with the class proxies, with a margin: <c>z_ic = s (cos_ic - m [c = y_i])</c>.</summary>
[Plugin("plugin-name-1")]
public sealed class Template_Plugin1Loss(Template_Plugin1Options options, LossShape shape) : SoftmaxProxyLoss(shape)
{
    /// <inheritdoc/>
    protected override Tensor Logits(Tensor cosines, Tensor labels) => WithOwn(cosines, labels, own => own - options.Margin) * options.Scale;
}
