using Dml.Engine;
using Dml.Explorer.Api;
using Dml.Explorer.Jobs;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Explorer.Views;

/// <summary>The items in the plane in which their unit embeddings vary most (principal components).</summary>
internal sealed class MapView
{
    /// <summary>Items that the plane is fitted on, evenly through the split: more move it by less than a point's width.</summary>
    private const int MostFitted = 20000;

    private const int AtOnce = 8192;
    private const int Decimals = 4;

    private readonly Model _model;
    private readonly ErrorView _errors;
    private readonly Dictionary<string, Prepared<MapAnswer>> _maps;

    /// <param name="model">The model.</param>
    /// <param name="errors">Its errors.</param>
    /// <param name="jobs">Where maps are made.</param>
    public MapView(Model model, ErrorView errors, JobList jobs)
    {
        (_model, _errors) = (model, errors);
        _maps = new[] { ItemList.Train, ItemList.Test }.ToDictionary(
            split => split, split => new Prepared<MapAnswer>(jobs, $"draw the map of the {split} items", job => Make(split, job.Stopping)),
            StringComparer.Ordinal);
    }

    /// <summary>The map of a split.</summary>
    /// <param name="request">Which.</param>
    public Task<MapAnswer> Of(ApiRequest request) => _maps[request.Text("split")!].Get(request.Gone);

    private MapAnswer Make(string split, CancellationToken cancellationToken)
    {
        if (_model.Features.EmbeddingSize < 2) throw new DmlException("Expected embeddings of at least 2 dimensions to draw a map, found 1.");
        var isTest = split == ItemList.Test;
        var wrong = isTest ? _errors.Wait(cancellationToken).Wrong.ToHashSet() : [];
        var labels = isTest ? _model.TestLabels : _model.TrainingLabels;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var step = Math.Max(1, (labels.Count + MostFitted - 1) / MostFitted);
        using var plane = PrincipalPlane.Fit(UnitRows.Of(Rows(isTest, [.. Enumerable.Range(0, labels.Count).Where(i => i % step == 0).Select(i => (long)i)])));
        var (x, y) = (new double[labels.Count], new double[labels.Count]);
        for (var first = 0; first < labels.Count; first += AtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            long[] block = [.. Enumerable.Range(first, Math.Min(AtOnce, labels.Count - first)).Select(i => (long)i)];
            var places = plane.Project(UnitRows.Of(Rows(isTest, block))).Values<double>();
            for (var i = 0; i < block.Length; i++)
            {
                (x[first + i], y[first + i]) = (Math.Round(places[2 * i], Decimals), Math.Round(places[(2 * i) + 1], Decimals));
            }
        }

        return new(
            x, y, [.. labels.Select(label => (int)label)], [.. Enumerable.Range(0, labels.Count).Select(wrong.Contains)],
            [plane.FirstShare, plane.SecondShare]);
    }

    private Tensor Rows(bool isTest, long[] items)
    {
        var features = _model.Features;
        return features.Embed(isTest ? features.TestFeatures.index_select(0, tensor(items)) : features.TrainRowsAt(items));
    }
}
