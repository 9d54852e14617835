using System.Globalization;
using Dml.Configuration;
using Dml.Engine.Config;

namespace Dml.Engine.Auditing;

/// <summary>
/// A check of an audit. Each is one file, a class that derives from <see cref="AuditCheck{T}"/> and its options record; no other place
/// names it. Its options stand under <c>audit.NAME</c>.
/// </summary>
/// <param name="name">One word in lower case: the key of its options and its name in files.</param>
/// <param name="place">Checks stand in rising order of their places, which differ.</param>
/// <param name="title">Heading of its section.</param>
/// <param name="meaning">What it looks for, one sentence.</param>
/// <param name="schema">Its options.</param>
internal abstract class AuditCheck(string name, int place, string title, string meaning, OptionsSchema schema)
{
    /// <summary>All checks in the order of the audit.</summary>
    public static IReadOnlyList<AuditCheck> All { get; } = OpenList.Of<AuditCheck>(check => check.Place.ToString("D6", CultureInfo.InvariantCulture));

    /// <summary>The key of its options and its name in files.</summary>
    public string Name => name;

    /// <summary>Checks stand in rising order of their places.</summary>
    public int Place => place;

    /// <summary>Heading of its section.</summary>
    public string Title => title;

    /// <summary>What it looks for, one sentence.</summary>
    public string Meaning => meaning;

    /// <summary>Its options.</summary>
    public OptionsSchema Schema => schema;

    /// <summary>The check with options.</summary>
    /// <param name="section">The options; what is not given keeps its default.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    /// <returns>What runs it; null where an option is wrong.</returns>
    public abstract Func<AuditContext, AuditSection>? Bind(ConfigNode section, ConfigProblems problems);

    /// <summary>The section of a check that ran.</summary>
    /// <param name="summary">What came out, one sentence.</param>
    protected AuditSection Section(string summary) => new(Name, Title, summary);

    /// <summary>The section of a check that cannot run on this model.</summary>
    /// <param name="reason">Why not, and what would let it, one sentence.</param>
    protected AuditSection NotRun(string reason) => new(Name, Title, reason) { Ran = false };
}

/// <summary>A check with the options record T.</summary>
/// <param name="name">One word in lower case: the key of its options and its name in files.</param>
/// <param name="place">Checks stand in rising order of their places, which differ.</param>
/// <param name="title">Heading of its section.</param>
/// <param name="meaning">What it looks for, one sentence.</param>
/// <param name="schema">The schema that the generated binder knows.</param>
/// <param name="bind">The generated binder.</param>
internal abstract class AuditCheck<T>(
    string name, int place, string title, string meaning, OptionsSchema schema, Func<ConfigNode, ConfigProblems, T?> bind)
    : AuditCheck(name, place, title, meaning, schema) where T : class
{
    /// <inheritdoc/>
    public sealed override Func<AuditContext, AuditSection>? Bind(ConfigNode section, ConfigProblems problems) =>
        bind(section, problems) is { } options ? context => Find(context, options) : null;

    /// <summary>
    /// Looks. A check that needs what the model does not have returns <see cref="AuditCheck.NotRun"/>; a mistake of the user's is a
    /// <see cref="DmlException"/>.
    /// </summary>
    /// <param name="context">The model and what several checks need of it.</param>
    /// <param name="options">The options.</param>
    protected abstract AuditSection Find(AuditContext context, T options);
}
