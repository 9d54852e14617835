using Dml.Numerics;
using Dml.Plugins;
using static TorchSharp.torch;

namespace Dml.Tests.Losses;

public sealed class LossGradientsTests
{
    /// <summary>So many that not all rows are formed at once.</summary>
    private const int Classes = 30_000;

    [Fact]
    public void Of_many_proxies_they_are_those_of_all_rows_at_once()
    {
        using var scope = NewDisposeScope();
        using var loss = new ProxyNcaPPLoss(new(), new(Classes, 4, float64, CPU));
        var embeddings = randn(150, 4, dtype: float64);
        var labels = arange(150) * 7;
        using var followed = embeddings.clone().requires_grad_();
        loss.PerSample(followed, labels).sum().backward();
        var found = LossGradients.InEmbeddings(loss, embeddings, labels);
        Assert.True((found - followed.grad!).abs().max().item<double>() < 1e-14 * Math.Max(1, followed.grad!.abs().max().item<double>()));
    }
}
