namespace Dml.Configuration;

/// <summary>Reads one value; adds a problem and returns false when it is not of the expected form.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="node">The config value.</param>
/// <param name="problems">Gathers what is wrong.</param>
/// <param name="value">The value read.</param>
public delegate bool ValueReader<T>(ConfigNode node, ConfigProblems problems, out T value);

/// <summary>What generated binders are made of: reads the keys of one config object and reports every problem.</summary>
public sealed class OptionsReader
{
    private readonly ConfigNode _node;
    private readonly ConfigProblems _problems;
    private readonly int _before;

    /// <summary>Starts on an object; reports another kind of value, every unknown key (with the nearest known one) and every key given twice.</summary>
    /// <param name="node">The config section.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    /// <param name="known">All keys that may stand there.</param>
    public OptionsReader(ConfigNode node, ConfigProblems problems, IReadOnlyList<string> known)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentNullException.ThrowIfNull(known);
        (_node, _problems, _before) = (node, problems, problems.Items.Count);
        if (node.Kind != ConfigKind.Object)
        {
            problems.Add(node, $"expected an object with options, found {node.Describe()}");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in node.Members)
        {
            if (!known.Contains(member.Key)) problems.Add(member.Value, NearestName.Explain("key", member.Key, known));
            else if (!seen.Add(member.Key)) problems.Add(member.Value, "expected the key once, found it again; remove one of the two");
        }
    }

    /// <summary>True while nothing was wrong in this object.</summary>
    public bool Complete => _problems.Items.Count == _before;

    /// <summary>Reports a key that must be given and is not.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">What should stand there, for example "a text".</param>
    public void Require(string key, string expected)
    {
        if (_node.Kind == ConfigKind.Object && _node[key] is null)
        {
            _problems.Add(_node.Source, _node.PathOf(key), $"expected {expected}, found nothing; this option must be given");
        }
    }

    /// <summary>The value at a key, or the fallback when the key is not given or not readable.</summary>
    /// <typeparam name="T">The option's type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The default.</param>
    /// <param name="read">Reads the value.</param>
    public T Read<T>(string key, T fallback, ValueReader<T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return _node[key] is { } node && read(node, _problems, out var value) ? value : fallback;
    }
}
