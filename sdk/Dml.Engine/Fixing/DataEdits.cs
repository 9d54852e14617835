namespace Dml.Engine;

/// <summary>Changes of the training data as they are to be tried: other labels, and samples left out.</summary>
/// <param name="Relabels">Samples that get another label.</param>
/// <param name="Excluded">Indices of samples that are left out.</param>
public sealed record DataEdits(IReadOnlyList<Relabel> Relabels, IReadOnlyList<int> Excluded)
{
    /// <summary>(N) labels with the changes.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="DmlException">There is no such sample or class, or no sample is left.</exception>
    internal long[] LabelsOf(Model model)
    {
        var labels = model.Relabelled(Relabels);
        foreach (var index in Excluded.Where(i => i < 0 || i >= labels.Length))
        {
            throw new DmlException($"Expected indices of training samples from 0 to {labels.Length - 1}, found {index}.");
        }

        return Excluded.Distinct().Count() < labels.Length ? labels
            : throw new DmlException($"Expected at least one training sample to be left, found all {labels.Length} excluded; keep some.");
    }

    /// <summary>The changes with the names of their samples and classes; votes and harm are of changes that a search found, and NaN here.</summary>
    /// <param name="model">The model.</param>
    internal IReadOnlyList<DataChange> ChangesOf(Model model)
    {
        return
        [
            .. Relabels.Where(r => !Excluded.Contains(r.Index)).Select(r => Change(r.Index, r.Label)),
            .. Excluded.Distinct().Select(i => Change(i, null)),
        ];

        DataChange Change(int index, long? label) => new(
            index, model.TrainingIds[index], model.TrainingLabels[index], model.ClassName(model.TrainingLabels[index]), label,
            label is { } known ? model.ClassName(known) : null, double.NaN, double.NaN);
    }

    /// <summary>(N) whether a sample is kept.</summary>
    /// <param name="count">N.</param>
    internal bool[] Kept(int count)
    {
        var kept = new bool[count];
        Array.Fill(kept, true);
        foreach (var index in Excluded) kept[index] = false;
        return kept;
    }
}
