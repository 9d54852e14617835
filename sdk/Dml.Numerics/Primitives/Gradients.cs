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
        RequireGraph(scalar, inputs);
#pragma warning disable RS0030 // The wrapper itself.
        var gradients = autograd.grad([scalar], [.. inputs], retain_graph: false, allow_unused: true);
#pragma warning restore RS0030
        return Whole(gradients, inputs);
    }

    /// <summary>The gradient of a scalar in one input.</summary>
    /// <param name="scalar">One element, part of a graph. The graph is freed.</param>
    /// <param name="input">A tensor that requires gradients.</param>
    public static Tensor Of(Tensor scalar, Tensor input) => Of(scalar, [input])[0];

    /// <summary>The gradient of a scalar in one input as a part of the graph, to be differentiated once more.</summary>
    /// <param name="scalar">One element, part of a graph, which stays.</param>
    /// <param name="input">A tensor that requires gradients.</param>
    /// <returns>Of the input's shape; zeros without a graph where the scalar does not depend on it.</returns>
    /// <exception cref="ArgumentException">The scalar or the input is no part of a graph, or the scalar has several elements.</exception>
    public static Tensor Followed(Tensor scalar, Tensor input) => Kept(scalar, [input], true)[0];

    /// <summary>The gradients of a scalar in several inputs as parts of the graph, to be differentiated once more.</summary>
    /// <param name="scalar">One element, part of a graph, which stays.</param>
    /// <param name="inputs">Tensors that require gradients.</param>
    /// <returns>One tensor an input, of its shape; zeros without a graph where the scalar does not depend on it.</returns>
    /// <exception cref="ArgumentException">The scalar or an input is no part of a graph, or the scalar has several elements.</exception>
    public static IReadOnlyList<Tensor> Followed(Tensor scalar, IReadOnlyList<Tensor> inputs) => Kept(scalar, inputs, true);

    /// <summary>The gradient of a scalar in each input; the graph stays for further ones.</summary>
    /// <param name="scalar">One element, part of a graph.</param>
    /// <param name="inputs">Tensors that require gradients.</param>
    /// <returns>One tensor an input, of its shape, without a graph; zeros where the scalar does not depend on it.</returns>
    /// <exception cref="ArgumentException">The scalar or an input is no part of a graph, or the scalar has several elements.</exception>
    public static IReadOnlyList<Tensor> Kept(Tensor scalar, IReadOnlyList<Tensor> inputs) => Kept(scalar, inputs, false);

    /// <summary>
    /// Products of Hessians with directions, by differentiating twice: for values that each depend on their own row alone, row i of the
    /// result is the Hessian of value i in row i, times direction i.
    /// </summary>
    /// <param name="values">The values as a differentiable function of the rows: one number a row.</param>
    /// <param name="rows">(n, E), floating point; taken without its graph.</param>
    /// <param name="directions">(n, E), dtype of the rows.</param>
    /// <returns>(n, E), without a graph; zeros where the gradient is constant.</returns>
    /// <exception cref="ArgumentException">Shapes or dtypes differ, or the values do not depend on the rows.</exception>
    public static Tensor HessianProducts(Func<Tensor, Tensor> values, Tensor rows, Tensor directions)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(directions);
        if (!rows.is_floating_point() || rows.dtype != directions.dtype || !rows.shape.SequenceEqual(directions.shape))
        {
            throw new ArgumentException(
                $"Expected directions like the rows, ({string.Join(", ", rows.shape)}) of {rows.dtype}, "
                    + $"found ({string.Join(", ", directions.shape)}) of {directions.dtype}.",
                nameof(directions));
        }

        using var gradient = enable_grad();
        using var scope = NewDisposeScope();
        var followed = rows.detach().requires_grad_();
        var sum = values(followed).sum();
        if (!sum.requires_grad) throw new ArgumentException("Expected values that depend on the rows.", nameof(values));
#pragma warning disable RS0030 // The wrapper itself.
        var first = autograd.grad([sum], [followed], create_graph: true, retain_graph: true, allow_unused: true)[0];
#pragma warning restore RS0030
        if (first is null || first.IsInvalid || !first.requires_grad) return zeros_like(rows).MoveToOuterDisposeScope();
        return Of((first * directions).sum(), followed).detach().MoveToOuterDisposeScope();
    }

    private static Tensor[] Kept(Tensor scalar, IReadOnlyList<Tensor> inputs, bool followed)
    {
        RequireGraph(scalar, inputs);
#pragma warning disable RS0030 // The wrapper itself.
        var gradients = autograd.grad([scalar], [.. inputs], create_graph: followed, retain_graph: true, allow_unused: true);
#pragma warning restore RS0030
        return Whole(gradients, inputs);
    }

    private static void RequireGraph(Tensor scalar, IReadOnlyList<Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        ArgumentNullException.ThrowIfNull(inputs);
        if (scalar.numel() != 1 || !scalar.requires_grad)
        {
            throw new ArgumentException("Expected one number that depends on a tensor with gradients.", nameof(scalar));
        }

        if (inputs.Any(input => !input.requires_grad)) throw new ArgumentException("Expected tensors that require gradients.", nameof(inputs));
    }

    private static Tensor[] Whole(IEnumerable<Tensor> gradients, IReadOnlyList<Tensor> inputs) =>
        [.. gradients.Zip(inputs, (gradient, input) => gradient is null || gradient.IsInvalid ? zeros_like(input) : gradient)];
}
