using Dml.Configuration;
using Dml.Engine.Config;

namespace Dml.Engine.Auditing;

/// <summary>Binds the settings of an audit and runs its checks.</summary>
internal static class AuditSession
{
    /// <summary>Path of the options.</summary>
    public const string Section = "audit";

    private const string Checks = Section + ".checks";

    /// <summary>Whether a setting is one of the audit's.</summary>
    public static bool Takes(string setting) => setting.Split('=', '.')[0].Trim() == Section;

    /// <summary>The checks that settings ask for, each with its options.</summary>
    /// <param name="settings">Those for which <see cref="Takes"/> holds, <c>audit.labels.top=20</c>.</param>
    /// <exception cref="DmlException">There is no such check or option, or a value is wrong.</exception>
    public static IReadOnlyList<(AuditCheck Check, Func<AuditContext, AuditSection> Run)> Bind(IReadOnlyList<string> settings)
    {
        var root = settings.Aggregate(ConfigNode.Object([], "", new("command line", 0)), ConfigOverride.Apply);
        var section = root[Section] ?? ConfigNode.Object([], Section, root.Source);
        var problems = new ConfigProblems();
        var bound = AuditCheck.All.Select(check => (Check: check, Run: check.Bind(Of(section, check), problems))).ToList();
        var options = AuditOptionsBinder.Bind(AuditCheck.All.Aggregate(section, (left, check) => left.Without(check.Name)), problems);
        problems.ThrowIfAny();
        foreach (var name in options!.Checks)
        {
            string[] names = [.. AuditCheck.All.Select(check => check.Name)];
            if (!names.Contains(name)) throw new DmlException($"{Checks}: {NearestName.Explain("check", name, names)}");
        }

        return [.. bound.Where(b => options.Checks.Count == 0 || options.Checks.Contains(b.Check.Name)).Select(b => (b.Check, b.Run!))];
    }

    /// <summary>Runs checks one after another.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">As <see cref="Bind"/>.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static AuditResult Run(Model model, IReadOnlyList<string> settings, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var checks = Bind(settings);
        using var context = new AuditContext(model, progress, cancellationToken);
        var sections = new List<AuditSection>();
        foreach (var (check, run) in checks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Report(new("audit", sections.Count, checks.Count, check.Title));
            sections.Add(run(context));
        }

        return new(sections);
    }

    private static ConfigNode Of(ConfigNode section, AuditCheck check) =>
        section[check.Name] ?? ConfigNode.Object([], $"{Section}.{check.Name}", section.Source);
}
