using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>A clustering by k-means.</summary>
/// <param name="Clusters">(M) cluster of each item, 0 to k - 1.</param>
/// <param name="Inertia">Sum of the squared distances of the items to the centres of their clusters, which are the means of their items.</param>
/// <param name="Iterations">Iterations of the kept run.</param>
/// <param name="Converged">Whether the kept run converged before its most iterations.</param>
public sealed record KMeans(IReadOnlyList<int> Clusters, double Inertia, int Iterations, bool Converged)
{
    /// <summary>
    /// Lloyd's algorithm (IEEE Transactions on Information Theory 1982) from k-means++ centres (Arthur, Vassilvitskii, SODA 2007).
    /// Every item goes to the centre that is nearest by exact distances, the first of equally near ones; a cluster that loses all items
    /// gets the item that is farthest from its own centre. All is a function of the items and the seed: threads and blocks do not matter.
    /// </summary>
    /// <param name="items">(M, E), floating point; one copy in float64 is made unless they are that already.</param>
    /// <param name="clusters">k, 1 to M.</param>
    /// <param name="options">Seed, restarts and when to stop; the defaults for null.</param>
    /// <param name="progress">Receives progress of the iterations.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <exception cref="DmlException">An item is not finite.</exception>
    public static KMeans Run(
        Tensor items, int clusters, KMeansOptions? options = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clusters, items.shape[0]);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Restarts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MostIterations, 1);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var points = items.detach().to(float64).cpu().contiguous();
        KMeans? best = null;
        for (var restart = 0; restart < options.Restarts; restart++)
        {
            var random = CounterRandom.FromState(unchecked(((ulong)options.Seed * CounterRandom.Step) + (ulong)restart));
            using var lloyd = new Lloyd(points, KMeansPlusPlus.Draw(points, clusters, random, options.MemoryBytes, cancellationToken), options.MemoryBytes);
            var run = lloyd.Run(options.MostIterations, options.Tolerance, progress, cancellationToken);
            if (best is null || run.Inertia < best.Inertia) best = run;
        }

        return best!;
    }
}
