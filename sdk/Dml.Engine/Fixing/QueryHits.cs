using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Fixing;

/// <summary>Whether the nearest neighbour of each query has its class, with another head than the model's.</summary>
internal static class QueryHits
{
    /// <summary>Looks.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weight">W, (E, D).</param>
    /// <param name="bias">b, (E).</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <returns>A value a query: a test item, or one of the query set where there is a gallery.</returns>
    public static bool[] Of(Model model, Tensor weight, Tensor bias, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var embeddings = model.Features.TestFeatures.to(float64).mm(weight.to(float64).t()) + bias.to(float64);
        var (total, queries) = (model.TestLabels.Count, model.Dataset?.QueryCount ?? model.TestLabels.Count);
        var found = queries == total
            ? NearestNeighbours.Within(embeddings, 1, cancellationToken)
            : NearestNeighbours.Between(embeddings.narrow(0, 0, queries), embeddings.narrow(0, queries, total - queries), 1, cancellationToken);
        var first = queries == total ? 0 : queries;
        return [.. Enumerable.Range(0, queries).Select(q => model.TestLabels[first + found.At(q)] == model.TestLabels[q])];
    }
}
