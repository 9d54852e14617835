namespace Dml.Storage.Torch;

/// <summary>The foreign objects that a pickle names, each name once.</summary>
/// <param name="budget">Pays for them.</param>
internal sealed class ForeignObjects(ReadBudget budget)
{
    private readonly OrderedDictionary<string, ForeignObject> _found = new(StringComparer.Ordinal);

    /// <summary>Their names, in the order in which they were met.</summary>
    public IReadOnlyList<string> Names => [.. _found.Keys];

    /// <summary>The placeholder of a name.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="name">Its name there.</param>
    public ForeignObject Meet(string module, string name)
    {
        var shown = $"{PickleWords.Shown(module)}.{PickleWords.Shown(name)}";
        if (_found.TryGetValue(shown, out var known)) return known;
        budget.Spend(160 + (4 * (Int128)shown.Length), "the names of Python objects");
        return _found[shown] = new(shown);
    }
}
