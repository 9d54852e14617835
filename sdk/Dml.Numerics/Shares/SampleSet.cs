using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>Training samples whose embeddings are needed together: those of a batch, or all.</summary>
/// <param name="context">The model.</param>
/// <param name="indices">The samples, or null for all.</param>
internal sealed class SampleSet(InfluenceContext context, long[]? indices)
{
    private const long Rows = 4096;

    /// <summary>Adds values of the samples to a row of all samples.</summary>
    /// <param name="all">(N).</param>
    /// <param name="values">(n).</param>
    /// <param name="factor">What they are multiplied with.</param>
    public void AddTo(Tensor all, Tensor values, double factor)
    {
        if (indices is null) all.add_(values, alpha: factor);
        else all.index_add_(0, Indices(), values, factor);
    }

    /// <summary>Indices of the samples, (n); of all only where they are not all.</summary>
    public Tensor Indices() => tensor(indices!, device: context.TrainLabels.device);

    /// <summary>Number of samples.</summary>
    public long Count => indices?.Length ?? context.TrainCount;

    /// <summary>Index of a sample among all.</summary>
    public long Index(long place) => indices is null ? place : indices[place];

    /// <summary>(n) labels.</summary>
    public Tensor Labels() => indices is null ? context.TrainLabels.alias() : context.TrainLabels.index_select(0, Indices());

    /// <summary>M f of the samples for some matrices.</summary>
    /// <param name="matrices">(T, E, D), float64.</param>
    /// <returns>(n, T, E), float64.</returns>
    public Tensor Times(Tensor matrices)
    {
        using var scope = NewDisposeScope();
        var flat = matrices.reshape(-1, matrices.shape[2]).t();
        return cat([.. Features().Select(features =>
        {
            using var rows = features();
            return rows.mm(flat);
        })]).view(-1, matrices.shape[0], matrices.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>Adds <c>sum_j g_j f_j^T</c> for some directions.</summary>
    /// <param name="sums">(T, E, D), float64.</param>
    /// <param name="target">Which of the T.</param>
    /// <param name="gradients">(n, E), float64.</param>
    public void AddOuter(Tensor sums, int target, Tensor gradients)
    {
        using var scope = NewDisposeScope();
        var first = 0L;
        foreach (var features in Features())
        {
            var rows = features();
            sums[target].addmm_(gradients.narrow(0, first, rows.shape[0]).t(), rows, 1, 1);
            first += rows.shape[0];
        }
    }

    /// <summary>Features of the samples in float64, some rows at a time.</summary>
    public IEnumerable<Func<Tensor>> Features()
    {
        if (indices is not null) return [() => context.TrainFeaturesAt(indices).to(float64)];
        return SampleRange.Grid(context.TrainCount, Rows).Select(range => (Func<Tensor>)(() => context.TrainFeaturesAt(range).to(float64)));
    }
}
