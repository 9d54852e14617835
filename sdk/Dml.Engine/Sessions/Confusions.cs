using Dml.Numerics;
using TorchSharp;

namespace Dml.Engine;

/// <summary>The retrieval errors of a model's test split: items whose nearest neighbour has another class (numerics, section 5).</summary>
public sealed class Confusions
{
    private readonly Model _model;
    private readonly IReadOnlyList<TestPair> _wrong;

    internal Confusions(Model model) => (_model, _wrong) = (model, ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours));

    /// <summary>Number of wrong test items.</summary>
    public int Count => _wrong.Count;

    /// <summary>Every wrong item with its nearest neighbour, by ascending index.</summary>
    public IReadOnlyList<Confusion> Pairs() => [.. _wrong.Select(Confusion.Of)];

    /// <summary>The classes with most wrong items, each with its wrong items that lie in the classes it is mostly confused with.</summary>
    /// <param name="count">Most groups.</param>
    public IReadOnlyList<Confusion> Groups(int count = 10) => [.. Found(count).Select(g => g.Confusion)];

    /// <summary>Two test items by their ids.</summary>
    /// <param name="anchor">Id of an item.</param>
    /// <param name="neighbour">Id of one of another class; it need not be the nearest.</param>
    /// <exception cref="DmlException">An id is unknown or stands twice, or both items have one class.</exception>
    public Confusion Of(string anchor, string neighbour) => Of(Index(anchor), Index(neighbour));

    /// <summary>Two test items by their indices.</summary>
    /// <param name="anchor">Index of an item.</param>
    /// <param name="neighbour">Index of one of another class; it need not be the nearest.</param>
    /// <exception cref="DmlException">An index is beyond the items, or both items have one class.</exception>
    public Confusion Of(int anchor, int neighbour)
    {
        var count = _model.TestLabels.Count;
        foreach (var index in new[] { anchor, neighbour })
        {
            if (index < 0 || index >= count) throw new DmlException($"Expected indices of test items from 0 to {count - 1}, found {index}.");
        }

        if (_model.TestLabels[anchor] != _model.TestLabels[neighbour])
        {
            var nearest = _model.Neighbours.At(anchor);
            var note = nearest == neighbour ? "" : $"{neighbour} is not the nearest neighbour of {anchor}, which is {nearest}";
            return Confusion.Of(new(anchor, neighbour)) with { Note = note };
        }

        throw new DmlException("Expected test items of different classes, "
            + $"found {_model.ClassName(_model.TestLabels[anchor])} twice ({anchor} and {neighbour}); such a pair is no confusion.");
    }

    /// <summary>d of a confusion: mean squared distance of the unit embeddings of its pairs, 0 to 4.</summary>
    /// <param name="confusion">The confusion.</param>
    public double Distance(Confusion confusion)
    {
        using var scope = torch.NewDisposeScope();
        var features = _model.Features;
        var distance = ConfusionDistance.Of(confusion, features.TestFeatures, features.HeadWeight, features.HeadBias);
        return distance.Evaluate(distance.Embeddings);
    }

    /// <summary>What a confusion is about, in class names: "group 13: cat taken for dog, fox".</summary>
    /// <param name="confusion">The confusion.</param>
    public string Describe(Confusion confusion)
    {
        ArgumentNullException.ThrowIfNull(confusion);
        var taken = confusion.Pairs.CountBy(p => _model.TestLabels[p.Neighbour]).OrderByDescending(c => c.Value).ThenBy(c => c.Key);
        return $"{confusion.Name}: {_model.ClassName(_model.TestLabels[confusion.Pairs[0].Anchor])} "
            + $"taken for {string.Join(", ", taken.Select(c => _model.ClassName(c.Key)))}";
    }

    /// <summary>The groups with what is known of their classes.</summary>
    internal IReadOnlyList<ConfusionGroup> Found(int count) => ConfusionFinder.Groups(_model.TestLabels, _wrong, count);

    /// <summary>The wrong items with their neighbours.</summary>
    internal IReadOnlyList<TestPair> Wrong => _wrong;

    private int Index(string id)
    {
        int[] found = [.. _model.TestIds.Index().Where(x => x.Item == id).Select(x => x.Index)];
        if (found.Length == 0) throw new DmlException(null, "the id of a test item", $"\"{id}\"", Model.IdHint(id, _model.TestIds));
        return found.Length == 1 ? found[0]
            : throw new DmlException($"Expected the id of one test item, found \"{id}\" {found.Length} times; name the item by its index.");
    }
}
