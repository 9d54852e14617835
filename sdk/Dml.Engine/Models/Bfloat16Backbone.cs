using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>
/// A working copy of a backbone whose convolutions and linear layers compute in bfloat16, while the weights that are trained, the
/// normalisation layers and their statistics stay in float32. Before each forward pass the copy takes the weights over; after it the
/// statistics go back, and after the backward pass the gradients. bfloat16 has float32's range, so nothing has to be rescaled.
/// </summary>
internal sealed class Bfloat16Backbone : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _master;
    private readonly nn.Module<Tensor, Tensor> _working;
    private readonly (Parameter Master, Parameter Working)[] _parameters;
    private readonly (Tensor Master, Tensor Working)[] _buffers;

    /// <summary>Makes the copy.</summary>
    /// <param name="model">The model in training.</param>
    public Bfloat16Backbone(Network model)
    {
        using var scope = NewDisposeScope();

        // Its random weights are overwritten; the generator shall not show that they were drawn.
        var state = random.get_rng_state();
        (_master, _working) = (model.Backbone, model.CreateBackbone());
        random.set_rng_state(state);
        foreach (var layer in _working.modules())
        {
            if (layer is Conv2d or Linear) layer.to(ScalarType.BFloat16);
        }

        _parameters = [.. _master.named_parameters().Zip(_working.named_parameters(), (m, w) => (m.parameter, w.parameter))];
        _buffers = [.. _master.named_buffers().Zip(_working.named_buffers(), (m, w) => (m.buffer, w.buffer))];
        foreach (var tensor in Working) tensor.DetachFromDisposeScope();
        using var noGradient = no_grad();
        foreach (var (master, working) in _buffers) working.copy_(master);
    }

    private IEnumerable<Tensor> Working => _parameters.Select(p => (Tensor)p.Working).Concat(_buffers.Select(b => b.Working));

    /// <summary>Images to features.</summary>
    /// <param name="images">(B, 3, H, W), float32.</param>
    /// <returns>(B, D), float32, differentiable in the copy's weights.</returns>
    public Tensor Features(Tensor images)
    {
        using var scope = NewDisposeScope();
        _working.train(_master.training);
        using (no_grad())
        {
            foreach (var (master, working) in _parameters) working.copy_(master);
        }

        var features = _working.call(images.to(ScalarType.BFloat16)).to(ScalarType.Float32);
        using (no_grad())
        {
            foreach (var (master, working) in _buffers) master.copy_(working);
        }

        return features.MoveToOuterDisposeScope();
    }

    /// <summary>Clears the copy's gradients.</summary>
    public void ZeroGradients() => _working.zero_grad();

    /// <summary>Hands the gradients of the last backward pass to the weights that are trained.</summary>
    public void HandGradientsOver()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (master, working) in _parameters)
        {
            if (working.grad is { } gradient) master.grad = gradient.to(ScalarType.Float32);
        }
    }

    public void Dispose()
    {
        using var scope = NewDisposeScope();
        _working.zero_grad();
        foreach (var tensor in Working) tensor.Dispose();
        _working.Dispose();
    }
}
