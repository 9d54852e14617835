using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>A run of training samples that is followed at once, so that memory does not grow with N.</summary>
/// <param name="Start">Index of the first sample.</param>
/// <param name="Count">Number of samples.</param>
internal readonly record struct SampleBlock(long Start, long Count)
{
    public static IEnumerable<SampleBlock> Cover(long total, long size)
    {
        for (var start = 0L; start < total; start += size) yield return new(start, Math.Min(size, total - start));
    }
}

/// <summary>How the losses of training samples change when theta walks to theta'.</summary>
internal interface ILossChanges : IDisposable
{
    /// <summary>Name of the path in results.</summary>
    string Name { get; }

    /// <summary>The blocks of a fixed grid that cover all training samples.</summary>
    IEnumerable<SampleBlock> Blocks();

    /// <summary>Computes what all targets share of a block: embeddings, cosines, losses at theta.</summary>
    IBlockLosses At(SampleBlock block);
}

/// <summary>One block at theta.</summary>
internal interface IBlockLosses : IDisposable
{
    /// <summary>(n) loss changes for each walk of a target, in order.</summary>
    IReadOnlyList<Tensor> Changes(WalkedTarget target);
}
