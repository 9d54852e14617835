namespace Dml.Configuration;

/// <summary>One thing that is wrong in a config.</summary>
/// <param name="Source">File and line.</param>
/// <param name="Path">JSON path.</param>
/// <param name="Message">What was expected and what was found.</param>
public sealed record ConfigProblem(ConfigSource Source, string Path, string Message)
{
    /// <summary><c>file:line: path: message</c>.</summary>
    public override string ToString() => ToWording().ToString();

    internal Wording ToWording()
    {
        Wording wording = $"{Source}: ";
        wording.AppendLiteral(Path.Length == 0 ? Message : $"{Path}: {Message}");
        return wording;
    }
}

/// <summary>Gathers everything that is wrong in a config, so that it is all reported together.</summary>
public sealed class ConfigProblems
{
    private readonly List<ConfigProblem> _items = [];

    /// <summary>The problems so far, in the order found.</summary>
    public IReadOnlyList<ConfigProblem> Items => _items;

    /// <summary>Adds a problem of a value.</summary>
    /// <param name="node">The value.</param>
    /// <param name="message">What was expected and what was found.</param>
    public void Add(ConfigNode node, string message)
    {
        ArgumentNullException.ThrowIfNull(node);
        _items.Add(new(node.Source, node.Path, message));
    }

    /// <summary>Adds a problem at a path below an object: an unknown or a missing key.</summary>
    /// <param name="source">Where it stands.</param>
    /// <param name="path">The path.</param>
    /// <param name="message">What was expected and what was found.</param>
    public void Add(ConfigSource source, string path, string message) => _items.Add(new(source, path, message));

    /// <summary>Throws all problems as one <see cref="ConfigException"/>; does nothing when there are none.</summary>
    public void ThrowIfAny()
    {
        if (_items.Count > 0) throw new ConfigException(_items);
    }
}

/// <summary>A config with problems; the message lists them all, one a line.</summary>
/// <param name="problems">At least one.</param>
public sealed class ConfigException(IReadOnlyList<ConfigProblem> problems) : DmlException(Sentences(problems))
{
    /// <summary>What is wrong.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; } = problems;

    private static Wording Sentences(IReadOnlyList<ConfigProblem> problems)
    {
        Wording sentences = "";
        foreach (var (index, problem) in problems.Index())
        {
            if (index > 0) sentences.AppendLiteral(Environment.NewLine);
            sentences.AppendFormatted(problem.ToWording());
        }

        return sentences;
    }
}
