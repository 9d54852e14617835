using Dml.Numerics;

namespace Dml.Engine.Training;

/// <summary>
/// Draws batches with the same number of images from each of several classes. Classes are drawn without replacement for each batch;
/// each class keeps a shuffled list that is walked through and reshuffled when fewer than the wanted number are left. A class that
/// is smaller than that gives all its images and begins again, reshuffled, until it has given enough. An epoch yields batches while
/// <c>drawn + batch &lt; N</c>. The order depends on the labels and the seed alone.
/// </summary>
internal sealed class ClassBalancedSampler : ITrainingSampler
{
    private const long Stream = -1;
    private const int MostNamed = 5;
    private readonly List<ClassList> _classes;
    private readonly int[] _order;
    private readonly int _batchClasses;
    private readonly int _batchImages;
    private readonly int _count;
    private CounterRandom _random;

    /// <summary>Shuffles each class once.</summary>
    /// <param name="labels">The class index of each training image.</param>
    /// <param name="batchClasses">Classes in a batch, at least 1.</param>
    /// <param name="batchImages">Images of each class in a batch, at least 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="classNames">Names for warnings; null where there are none.</param>
    /// <exception cref="DmlException">There are too few classes or images for one batch.</exception>
    public ClassBalancedSampler(IReadOnlyList<int> labels, int batchClasses, int batchImages, long seed, IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchClasses, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchImages, 1);
        (_batchClasses, _batchImages, _count) = (batchClasses, batchImages, labels.Count);
        _random = new CounterRandom(seed, Stream, 0);
        _classes = [.. Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(g => g.Key).Select(g => new ClassList(g.Key, [.. g]))];
        if (_classes.Count < batchClasses)
        {
            throw new DmlException(
                $"Expected at least training.batchClasses = {batchClasses} classes in the training split, found {_classes.Count}; "
                    + "lower batchClasses or train on more classes.");
        }

        if (BatchesPerEpoch < 1)
        {
            throw new DmlException(
                $"Expected more than one batch of {batchClasses} classes x {batchImages} images ({BatchSize}) in the training split, "
                    + $"found {labels.Count} images; lower training.batchClasses or training.batchImages.");
        }

        _order = [.. Enumerable.Range(0, _classes.Count)];
        foreach (var list in _classes) _random.Shuffle(list.Items.AsSpan());
        Warnings = LoneClasses([.. _classes.Where(c => c.Items.Length == 1).Select(c => classNames?[c.Label] ?? $"class {c.Label}")]);
    }

    /// <summary>A sentence about the classes with a single image, where there are any.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Images in a batch.</summary>
    public int BatchSize => _batchClasses * _batchImages;

    /// <summary>Batches in an epoch.</summary>
    public int BatchesPerEpoch => (_count - 1) / BatchSize;

    private string[] LoneClasses(string[] names) => names switch
    {
        [] => [],
        [var name] => [$"Training class {name} has a single image, so its batches repeat that image {_batchImages} times; add images or leave the class out."],
        _ => [$"{names.Length} training classes have a single image ({string.Join(", ", names.Take(MostNamed))}"
            + (names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "")
            + $"), so their batches repeat that image {_batchImages} times; add images or leave these classes out."],
    };

    /// <summary>The batches of the next epoch: indices of images, class after class.</summary>
    public IEnumerable<int[]> NextEpoch()
    {
        for (var batch = 0; batch < BatchesPerEpoch; batch++) yield return NextBatch();
    }

    /// <inheritdoc/>
    SamplerState ITrainingSampler.Save() => new(_random.State, [.. _order], [.. _classes.Select(c => c.Items.ToArray())], [.. _classes.Select(c => c.Next)]);

    /// <inheritdoc/>
    void ITrainingSampler.Restore(SamplerState state)
    {
        _random = CounterRandom.FromState(state.Random);
        state.Order.CopyTo(_order, 0);
        foreach (var (i, list) in _classes.Index())
        {
            state.Items[i].CopyTo(list.Items, 0);
            list.Next = state.Next[i];
        }
    }

    private int[] NextBatch()
    {
        var indices = new int[BatchSize];
        for (var c = 0; c < _batchClasses; c++)
        {
            // The head of a Fisher-Yates shuffle: a draw without replacement, from whatever order the last batch left.
            var chosen = c + _random.NextBelow(_order.Length - c);
            (_order[c], _order[chosen]) = (_order[chosen], _order[c]);
            _classes[_order[c]].Take(indices.AsSpan(c * _batchImages, _batchImages), ref _random);
        }

        return indices;
    }

    /// <summary>The images of a class in their current order.</summary>
    private sealed class ClassList(int label, int[] items)
    {
        public int Label => label;

        public int[] Items => items;

        /// <summary>Place in the list.</summary>
        public int Next { get; set; }

        public void Take(Span<int> target, ref CounterRandom random)
        {
            for (var filled = 0; filled < target.Length;)
            {
                var count = Math.Min(target.Length - filled, items.Length - Next);
                items.AsSpan(Next, count).CopyTo(target[filled..]);
                filled += count;
                Next += count;
                if (items.Length - Next >= target.Length || (filled < target.Length && Next < items.Length)) continue;
                random.Shuffle(items.AsSpan());
                Next = 0;
            }
        }
    }
}
