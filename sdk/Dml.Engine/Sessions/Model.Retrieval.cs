using Dml.Configuration;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>What lies near an item.</summary>
public sealed partial class Model
{
    /// <summary>Ids that a mistyped one is compared with in spelling: as many take well under a second.</summary>
    private const int MostCompared = 20000;

    /// <summary>The items that lie nearest to an item of the model.</summary>
    /// <param name="id">Id of a test item or a training sample; where one of each has it, the test item is meant.</param>
    /// <param name="count">Most neighbours, at least 1.</param>
    /// <param name="among">The split that is searched.</param>
    /// <exception cref="DmlException">The id is unknown or stands twice in a split.</exception>
    public Retrieval Retrieve(string id, int count = 10, Split among = Split.Test)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Find(id) is var (split, index) ? Retrieve(split, index, count, among)
            : throw new DmlException(null, "the id of a test item or a training sample", $"\"{id}\"", IdHint(id, [.. TestIds, .. TrainingIds]));
    }

    /// <summary>The id that was perhaps meant: the only one that ends with the text, as a file name alone does, or the nearest in spelling.</summary>
    /// <param name="id">What was found.</param>
    /// <param name="ids">Those that there are, at least one.</param>
    internal static string IdHint(string id, IReadOnlyList<string> ids)
    {
        string[] ends = id.Length == 0 ? [] : [.. ids.Where(i => i.EndsWith(id, StringComparison.OrdinalIgnoreCase)).Take(2)];
        var near = ends.Length == 1 ? ends[0] : ids.Count <= MostCompared ? NearestName.Find(id, ids.ToHashSet(StringComparer.Ordinal)) : null;
        return near is null ? $"ids are such as \"{ids[0]}\"" : $"perhaps \"{near}\" is meant";
    }

    /// <summary>Where an id stands; null where it is unknown.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="DmlException">It stands twice in a split.</exception>
    internal (Split Split, int Index)? Find(string id)
    {
        foreach (var (split, ids) in new[] { (Split.Test, TestIds), (Split.Training, TrainingIds) })
        {
            int[] found = [.. ids.Index().Where(x => x.Item == id).Select(x => x.Index).Take(2)];
            if (found.Length == 2)
            {
                throw new DmlException(null, "the id of one item", $"\"{id}\" at {found[0]} and at {found[1]}", "give every item an id of its own");
            }

            if (found.Length == 1) return (split, found[0]);
        }

        return null;
    }

    /// <summary>The items of a split that lie nearest to given features.</summary>
    /// <param name="features">(n, D).</param>
    /// <param name="count">Most neighbours.</param>
    /// <param name="among">The split that is searched.</param>
    /// <returns>For each row its neighbours, nearest first.</returns>
    internal IReadOnlyList<IReadOnlyList<Neighbour>> NeighboursOf(Tensor features, int count, Split among)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var scope = NewDisposeScope();
        return NeighboursOfEmbeddings(Features.Embed(features), count, among);
    }

    /// <summary>The neighbours of an item.</summary>
    /// <param name="split">The item's split.</param>
    /// <param name="index">Its index in it.</param>
    /// <param name="count">Most neighbours.</param>
    /// <param name="among">The split that is searched.</param>
    internal Retrieval Retrieve(Split split, int index, int count, Split among = Split.Test)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var scope = NewDisposeScope();
        var (ids, labels) = split == Split.Test ? (TestIds, TestLabels) : (TrainingIds, TrainingLabels);
        var embedding = (split == Split.Test ? Features.TestEmbeddings() : Features.TrainEmbeddings()).narrow(0, index, 1);
        // One more than asked for: among its own split the item itself is the nearest or, beside a copy, one of the nearest.
        var found = NeighboursOfEmbeddings(embedding, split == among ? count + 1 : count, among)[0];
        var others = split == among ? found.Where(n => n.Index != index) : found;
        return new(ids[index], split, index, labels[index], ClassName(labels[index]), [.. others.Take(count)])
        {
            IsLone = (among == Split.Test ? TestLabels : TrainingLabels).Index().All(x => x.Item != labels[index] || (split == among && x.Index == index)),
        };
    }

    private IReadOnlyList<IReadOnlyList<Neighbour>> NeighboursOfEmbeddings(Tensor queries, int count, Split among)
    {
        var (gallery, labels, ids) =
            among == Split.Training ? (Features.TrainEmbeddings(), TrainingLabels, TrainingIds) : (Features.TestEmbeddings(), TestLabels, TestIds);
        var found = NearestNeighbours.Between(queries, gallery, Math.Min(count, labels.Count));
        return [.. Enumerable.Range(0, (int)queries.shape[0])
            .Select(q => (IReadOnlyList<Neighbour>)[.. Enumerable.Range(0, found.K).Select(rank => Item(q, rank))])];

        Neighbour Item(int query, int rank)
        {
            var index = found.At(query, rank);
            return new(index, ids[index], labels[index], ClassName(labels[index]), found.Distances[(query * found.K) + rank]);
        }
    }
}
