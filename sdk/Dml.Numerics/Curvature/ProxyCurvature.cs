using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// Derivatives of a loss of proxy cosines. With <c>n = e / r</c>, <c>c = P n</c>, <c>g = dl/dc</c>, <c>H = d2l/dc2</c> and <c>q = P^T g</c>, and with
/// <c>x' = x - (n.x) n</c> for any x, the gradient in e is <c>q' / r</c>, a cosine moves by <c>dc = (P a - (n.a) c) / r</c> along a, and
/// <c>B a = (P^T H dc)' / r - ((n.a) q' + (q'.a) n + (n.q) a') / r^2</c>. The second part is the curvature of the normalisation, which
/// Gauss-Newton leaves out.
/// </summary>
internal sealed class ProxyCurvature : ICurvature
{
    private readonly IProxyLoss _loss;
    private readonly bool _gaussNewton;
    private readonly Tensor _unitProxies;

    public ProxyCurvature(IProxyLoss loss, ScalarType precision, bool gaussNewton)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        (_loss, _gaussNewton) = (loss, gaussNewton);
        _unitProxies = UnitRows.Of(loss.Proxies.detach().to(precision)).DetachFromDisposeScope();
    }

    public string Name => "closed form";

    /// <summary>P, the number of proxies.</summary>
    public long ProxyCount => _unitProxies.shape[0];

    /// <summary>Whether a loss states its derivatives in closed form.</summary>
    public static bool Serves(IMetricLoss loss)
    {
        if (loss is not IProxyLoss proxyLoss) return false;
        using var scope = NewDisposeScope();
        using var curvature = proxyLoss.CurvatureAt(
            zeros([1, proxyLoss.Proxies.shape[0]], device: proxyLoss.Proxies.device), zeros([1], dtype: int64, device: proxyLoss.Proxies.device));
        return curvature is not null;
    }

    public ICurvatureBlock At(Tensor embeddings, Tensor labels) => new Block(this, embeddings, labels);

    public void Dispose() => _unitProxies.Dispose();

    private sealed class Block : ICurvatureBlock
    {
        private readonly ProxyCurvature _owner;
        private readonly ICosineCurvature _curvature;
        private readonly Tensor _cosines;
        private readonly Tensor _inverseNorms;
        private readonly Tensor _radial;
        private readonly Tensor _basis;

        public Block(ProxyCurvature owner, Tensor embeddings, Tensor labels)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _owner = owner;
            var norms = embeddings.square().sum(1, keepdim: true).sqrt_().clamp_min_(UnitRows.LeastNorm);
            var units = embeddings / norms;
            _inverseNorms = norms.reciprocal().unsqueeze(2).DetachFromDisposeScope();
            _cosines = units.mm(owner._unitProxies.t()).DetachFromDisposeScope();
            _curvature = owner._loss.CurvatureAt(_cosines, labels)!;
            var pull = _curvature.Gradient.mm(owner._unitProxies);
            var radial = (pull * units).sum(1, keepdim: true);
            _radial = radial.unsqueeze(2).DetachFromDisposeScope();
            _basis = stack([units, pull.addcmul_(units, radial, value: -1)], 1).DetachFromDisposeScope();
        }

        public Tensor Gradient()
        {
            using var scope = NewDisposeScope();
            return (_basis.select(1, 1) * _inverseNorms.squeeze(2)).MoveToOuterDisposeScope();
        }

        public Tensor Multiply(SampleRange samples, Tensor directions)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var (proxies, size) = (_owner._unitProxies, directions.shape[2]);
            var (basis, inverse) = (Of(_basis, samples), Of(_inverseNorms, samples));
            var transposed = basis.transpose(1, 2);
            var parts = directions.bmm(_owner._gaussNewton ? transposed.narrow(2, 0, 1) : transposed);
            var along = parts.narrow(2, 0, 1);
            var change = directions.view(-1, size).mm(proxies.t()).view(directions.shape[0], directions.shape[1], -1);
            change = along.baddbmm(Of(_cosines, samples).unsqueeze(1), change, beta: 1, alpha: -1).mul_(inverse);
            var moved = _owner._gaussNewton ? _curvature.MultiplyConvex(samples, change) : _curvature.Multiply(samples, change);
            var product = moved.view(-1, proxies.shape[0]).mm(proxies).view(directions.shape).mul_(inverse);
            var tilt = product.bmm(transposed.narrow(2, 0, 1));
            if (_owner._gaussNewton) return tilt.baddbmm(basis.narrow(1, 0, 1), product, beta: 1, alpha: -1).MoveToOuterDisposeScope();

            // Everything but (n.q) a lies along n and q'.
            var squared = inverse * inverse;
            var radial = Of(_radial, samples) * squared;
            product.addcmul_(directions, radial, value: -1);
            var coefficients = cat([tilt + (parts.narrow(2, 1, 1) * squared) - (along * radial), along * squared], 2);
            return coefficients.baddbmm(basis, product, beta: 1, alpha: -1).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _curvature.Dispose();
            _cosines.Dispose();
            _inverseNorms.Dispose();
            _radial.Dispose();
            _basis.Dispose();
        }

        private static Tensor Of(Tensor values, SampleRange samples) => values.narrow(0, samples.Start, samples.Count);
    }
}
