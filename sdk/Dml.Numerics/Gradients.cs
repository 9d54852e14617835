using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Gradients by automatic differentiation. The one place that calls <c>torch.autograd.grad</c>, which is banned elsewhere: an error
/// inside it ends the process, so what it is given is checked here first.
/// </summary>
public static class Gradients
{
    /// <summary>The gradient of a scalar in each input.</summary>
    /// <param name="scalar">One element, part of a graph. The graph is freed.</param>
    /// <param name="inputs">Tensors that require gradients.</param>
    /// <returns>One tensor an input, of its shape; zeros where the scalar does not depend on it.</returns>
    /// <exception cref="ArgumentException">The scalar or an input is no part of a graph, or the scalar has several elements.</exception>
    public static IReadOnlyList<Tensor> Of(Tensor scalar, IReadOnlyList<Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        ArgumentNullException.ThrowIfNull(inputs);
        if (scalar.numel() != 1 || !scalar.requires_grad) throw new ArgumentException("Expected one number that depends on a tensor with gradients.", nameof(scalar));
        if (inputs.Any(input => !input.requires_grad)) throw new ArgumentException("Expected tensors that require gradients.", nameof(inputs));
#pragma warning disable RS0030 // The wrapper itself.
        var gradients = autograd.grad([scalar], [.. inputs], retain_graph: false, allow_unused: true);
#pragma warning restore RS0030
        return [.. gradients.Zip(inputs, (gradient, input) => gradient is null || gradient.IsInvalid ? zeros_like(input) : gradient)];
    }

    /// <summary>The gradient of a scalar in one input.</summary>
    /// <param name="scalar">One element, part of a graph. The graph is freed.</param>
    /// <param name="input">A tensor that requires gradients.</param>
    public static Tensor Of(Tensor scalar, Tensor input) => Of(scalar, [input])[0];
}
