using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Derivatives of any loss by differentiating it twice automatically.</summary>
internal sealed class DoubleBackwardCurvature(IMetricLoss loss) : ICurvature
{
    public string Name => "double backward";

    public ICurvatureBlock At(Tensor embeddings, Tensor labels) => new Block(loss, embeddings, labels);

    public void Dispose()
    {
    }

    private sealed class Block(IMetricLoss loss, Tensor embeddings, Tensor labels) : ICurvatureBlock
    {
        public Tensor Gradient() => LossGradients.InEmbeddings(loss, embeddings, labels);

        /// <summary>Each sample stands there once for each direction, so that one pass serves all of them.</summary>
        public Tensor Multiply(SampleRange samples, Tensor directions)
        {
            using var scope = NewDisposeScope();
            var count = directions.shape[1];
            var rows = embeddings.narrow(0, samples.Start, samples.Count).repeat_interleave(count, 0);
            var own = labels.narrow(0, samples.Start, samples.Count).repeat_interleave(count, 0);
            return Gradients.HessianProducts(e => loss.PerSample(e, own), rows, directions.view(rows.shape)).view(directions.shape).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
        }
    }
}
