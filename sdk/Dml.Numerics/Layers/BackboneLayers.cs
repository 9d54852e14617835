using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>What published convolutional backbones share: the check of their input, batch norm that can be frozen, and the way from maps to features.</summary>
public static class BackboneLayers
{
    /// <summary>Refuses images that a network cannot take.</summary>
    /// <param name="images">Expected as (B, 3, H, W).</param>
    /// <param name="smallest">The least H and W, in pixels.</param>
    /// <param name="backbone">The backbone's name in configs, for the message.</param>
    /// <exception cref="DmlException">Another shape, or too small.</exception>
    public static void RequireImages(Tensor images, int smallest, string backbone)
    {
        ArgumentNullException.ThrowIfNull(images);
        var shape = images.shape;
        if (shape.Length != 4 || shape[1] != 3 || shape[2] < smallest || shape[3] < smallest)
        {
            throw new DmlException(
                $"Expected images of shape (B, 3, H, W) with H and W at least {smallest} for the {backbone} backbone, found ({string.Join(", ", shape)}); "
                    + $"raise images.size to {smallest} or more.");
        }
    }

    /// <summary>
    /// Batch norm. Frozen, it uses its running statistics in training as well and leaves them as they are, whatever mode the module or
    /// anything above it is switched to.
    /// </summary>
    /// <param name="norm">The module that holds statistics and affine parameters.</param>
    /// <param name="input">(B, C, H, W).</param>
    /// <param name="frozen">Whether the statistics are fixed.</param>
    /// <returns>(B, C, H, W).</returns>
    public static Tensor Normalize(BatchNorm2d norm, Tensor input, bool frozen)
    {
        ArgumentNullException.ThrowIfNull(norm);
        return frozen
            ? nn.functional.batch_norm(input, norm.running_mean!, norm.running_var!, norm.weight, norm.bias, training: false, eps: norm.eps)
            : norm.call(input);
    }

    /// <summary>Keeps the weights and biases of every batch norm in a module as they are: they get no gradient.</summary>
    /// <param name="module">The module; its convolutions stay trainable.</param>
    public static void FreezeBatchNorm(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach (var parameter in module.modules().OfType<BatchNorm2d>().SelectMany(norm => norm.parameters())) parameter.requires_grad = false;
    }

    /// <summary>Global pooling, then LayerNorm over D without affine parameters (epsilon 1e-5) where it is wanted.</summary>
    /// <param name="maps">(B, D, H, W).</param>
    /// <param name="pooling">How a map becomes a number.</param>
    /// <param name="layerNorm">Whether the features of an image get mean 0 and variance 1.</param>
    /// <returns>(B, D).</returns>
    public static Tensor Features(Tensor maps, FeaturePooling pooling, bool layerNorm)
    {
        ArgumentNullException.ThrowIfNull(maps);
        using var scope = NewDisposeScope();
        var pooled = pooling == FeaturePooling.Max ? nn.functional.adaptive_max_pool2d(maps, [1, 1]).flatten(1) : maps.mean([2, 3]);
        return (layerNorm ? nn.functional.layer_norm(pooled, [maps.shape[1]]) : pooled).MoveToOuterDisposeScope();
    }
}
