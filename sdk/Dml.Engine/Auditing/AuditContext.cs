using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine.Auditing;

/// <summary>The model that is audited, and what several checks need of it, each made once when it is first asked for.</summary>
/// <param name="model">The model; it stays the caller's.</param>
/// <param name="progress">Receives progress.</param>
/// <param name="cancellationToken">Stops the audit.</param>
internal sealed class AuditContext(Model model, IProgress<ProgressReport> progress, CancellationToken cancellationToken) : IDisposable
{
    private readonly Dictionary<Split, Tensor> _embeddings = [];
    private readonly Dictionary<Split, Tensor> _units = [];
    private readonly Dictionary<Split, Neighbours> _neighbours = [];
    private readonly Dictionary<Split, Neighbours> _unitNeighbours = [];

    /// <summary>What is kept of the images, all decoded when first asked for.</summary>
    public AuditImages Images { get => field ??= AuditImages.Read(this); init; }

    /// <summary>The model.</summary>
    public Model Model => model;

    /// <summary>Receives progress.</summary>
    public IProgress<ProgressReport> Progress => progress;

    /// <summary>Stops the audit.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Number of items of a split.</summary>
    public int Count(Split split) => Labels(split).Count;

    /// <summary>Labels of a split.</summary>
    public IReadOnlyList<long> Labels(Split split) => split == Split.Training ? model.TrainingLabels : model.TestLabels;

    /// <summary>Embeddings of a split in float64, (n, E), raw; owned by this context.</summary>
    public Tensor Embeddings(Split split)
    {
        if (_embeddings.TryGetValue(split, out var known)) return known;
        var made = split == Split.Training ? model.Features.TrainEmbeddings() : model.Features.TestEmbeddings();
        return _embeddings[split] = made.DetachFromDisposeScope();
    }

    /// <summary>The nearest other items of each item within a split, by Euclidean distance of raw embeddings; at least k of them where there are.</summary>
    /// <param name="split">The split, of at least two items.</param>
    /// <param name="k">Neighbours that are needed; asking for few first and for more later searches twice.</param>
    public Neighbours Neighbours(Split split, int k)
    {
        k = Math.Min(k, Count(split) - 1);
        if (_neighbours.TryGetValue(split, out var known) && known.K >= k) return known;
        return _neighbours[split] = NearestNeighbours.Within(Embeddings(split), k, cancellationToken);
    }

    /// <summary>The same between unit embeddings, which is how losses of cosines see them.</summary>
    /// <param name="split">The split, of at least two items.</param>
    /// <param name="k">Neighbours that are needed; asking for few first and for more later searches twice.</param>
    public Neighbours UnitNeighbours(Split split, int k)
    {
        k = Math.Min(k, Count(split) - 1);
        if (_unitNeighbours.TryGetValue(split, out var known) && known.K >= k) return known;
        return _unitNeighbours[split] = NearestNeighbours.Within(UnitEmbeddings(split), k, cancellationToken);
    }

    /// <summary>Unit embeddings of a split in float64, (n, E); owned by this context.</summary>
    public Tensor UnitEmbeddings(Split split)
    {
        if (_units.TryGetValue(split, out var known)) return known;
        return _units[split] = UnitRows.Of(Embeddings(split)).DetachFromDisposeScope();
    }

    /// <summary>Whether all items of a split can be searched for neighbours of each other: it has two, and not so many that it takes hours.</summary>
    public bool CanSearch(Split split) => Count(split) is >= 2 and <= LabelConsensus.MostVoters;

    /// <summary>Why a check did not run.</summary>
    /// <param name="least">How many items it needs, in words.</param>
    public string WhyNoSearch(string least) =>
        FormattableString.Invariant($"Needs {least} and at most {LabelConsensus.MostVoters} items of a split, between which all neighbours are searched; ")
        + FormattableString.Invariant($"there are {Count(Split.Training)} training samples and {Count(Split.Test)} test items.");

    /// <summary>An item as findings name it.</summary>
    public AuditItem Item(Split split, int index)
    {
        var label = Labels(split)[index];
        var id = split == Split.Training ? model.TrainingIds[index] : model.TestIds[index];
        return new(split, index, id, label, model.ClassName(label), File(split, index));
    }

    /// <summary>The image of an item, an absolute path; null where the model has features alone.</summary>
    public string? File(Split split, int index)
    {
        if (model.Dataset is not { } dataset) return null;
        var file = (split == Split.Training ? dataset.Training : dataset.Test)[index].File;
        return file.Length == 0 ? null : Path.GetFullPath(file, model.Run?.Path ?? Directory.GetCurrentDirectory());
    }

    /// <summary>Frees what was made.</summary>
    public void Dispose()
    {
        foreach (var tensor in _embeddings.Values.Concat(_units.Values)) tensor.Dispose();
    }
}
