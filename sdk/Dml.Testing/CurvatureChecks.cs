using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>Derivatives that a proxy loss states in closed form, against automatic differentiation.</summary>
internal static class CurvatureChecks
{
    private const int Directions = 2;

    /// <summary>A part of the batch that does not begin at its first sample.</summary>
    private static readonly SampleRange Part = new(3, 5);

    public static void Check(IProxyLoss loss, LossProblem problem)
    {
        using var scope = NewDisposeScope();
        var cosines = ProxyLossChecks.Cosines(loss, problem);
        using var curvature = loss.CurvatureAt(cosines, problem.Labels);
        if (curvature is null) return;
        var tolerance = problem.Precision == float64 ? 1e-9 : 1e-3;
        var gradient = problem.Member("CurvatureAt(...).Gradient");
        Expect.Form(curvature.Gradient, cosines.shape, problem.Precision, gradient, "return one derivative a cosine");
        var derived = Gradient(loss, cosines, problem.Labels);
        Expect.Close(derived, curvature.Gradient, tolerance, gradient, "the gradient of FromCosines", "form dl_i / dcos_i, or return null from CurvatureAt");

        var (from, labels) = (cosines.narrow(0, Part.Start, Part.Count), problem.Labels.narrow(0, Part.Start, Part.Count));
        var directions = new Draws(4).Normal(Part.Count, Directions, cosines.shape[1]).to(problem.Precision);
        var expected = stack(Enumerable.Range(0, Directions).Select(Product), 1);
        var (multiply, product) = (problem.Member("CurvatureAt(...).Multiply"), curvature.Multiply(Part, directions));
        Expect.Form(product, directions.shape, problem.Precision, multiply, "return one product a direction");
        const string Remedy = "form d2l_i / dcos_i2 times the direction, or return null from CurvatureAt";
        Expect.Close(expected, product, tolerance, multiply, "the Hessian of FromCosines times each direction", Remedy);

        var (convex, part) = (problem.Member("CurvatureAt(...).MultiplyConvex"), curvature.MultiplyConvex(Part, directions));
        Expect.Form(part, directions.shape, problem.Precision, convex, "return one product a direction");
        var least = (part * directions).sum(2).min().to(float64).item<double>() / Math.Max(product.abs().max().to(float64).item<double>(), 1e-30);
        Expect.That(
            least >= -tolerance,
            $"{convex}: expected x . (M x) of at least 0 for every direction x, found {least:G2} of the greatest product; "
                + $"leave out what is not convex in the outputs of the loss.");

        Tensor Product(int t) => Gradients.HessianProducts(rows => loss.FromCosines(rows, labels), from, directions.select(1, t).contiguous());
    }

    private static Tensor Gradient(IProxyLoss loss, Tensor cosines, Tensor labels)
    {
        using var gradient = enable_grad();
        using var scope = NewDisposeScope();
        var followed = cosines.detach().requires_grad_();
        return Gradients.Of(loss.FromCosines(followed, labels).sum(), followed).MoveToOuterDisposeScope();
    }
}
