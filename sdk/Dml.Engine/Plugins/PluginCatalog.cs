using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine;

/// <summary>All plugins that were found, and every file that was taken for one and did not load.</summary>
public sealed class PluginCatalog
{
    private static readonly Lazy<PluginCatalog> DefaultCatalog = new(() => Load([]));

    /// <summary>Makes a catalog of plugins loaded before.</summary>
    /// <param name="plugins">The plugins.</param>
    /// <param name="failures">What did not load.</param>
    public PluginCatalog(IEnumerable<LoadedPlugin> plugins, IEnumerable<PluginFailure> failures)
    {
        Plugins = [.. plugins.OrderBy(p => p.Kind).ThenBy(p => p.Name, StringComparer.Ordinal)];
        Failures = [.. failures];
    }

    /// <summary>The plugins by kind and name; a name that two assemblies have stands twice.</summary>
    public IReadOnlyList<LoadedPlugin> Plugins { get; }

    /// <summary>What did not load.</summary>
    public IReadOnlyList<PluginFailure> Failures { get; }

    /// <summary>Loads the plugins of the given folders, of the folders in DML_PLUGINS, and those beside the host.</summary>
    /// <param name="folders">Plugin roots or folders of single plugins, beside the host's own.</param>
    /// <exception cref="DmlException">A named folder does not exist. A plugin that does not load is kept in <see cref="Failures"/> instead.</exception>
    public static PluginCatalog Load(IReadOnlyList<string> folders) => LoadFrom(PluginFolders.Roots(folders));

    /// <summary>The plugins of the folders in DML_PLUGINS and of those that come with the engine, loaded once a process.</summary>
    public static PluginCatalog Default => DefaultCatalog.Value;

    /// <summary>Loads the plugins of these folders alone.</summary>
    /// <param name="roots">Plugin roots or folders of single plugins; they must exist.</param>
    public static PluginCatalog LoadFrom(IReadOnlyList<string> roots) => LoadFrom(roots, PluginLoading.Limit);

    /// <summary>Loads the plugins of these folders alone.</summary>
    /// <param name="roots">Plugin roots or folders of single plugins; they must exist.</param>
    /// <param name="limit">How long the code of one plugin may take to be loaded, its static constructor to run.</param>
    internal static PluginCatalog LoadFrom(IReadOnlyList<string> roots, TimeSpan limit)
    {
        var failures = new List<PluginFailure>();
        var plugins = new List<LoadedPlugin>();
        foreach (var file in PluginFolders.Find(roots, failures))
        {
            plugins.AddRange(PluginLoading.Load(file, limit, out var failure));
            if (failure is not null) failures.Add(failure);
        }

        return new(plugins, failures);
    }

    /// <summary>This catalog with a plugin that takes the place of any other of its name.</summary>
    /// <param name="plugin">The plugin.</param>
    internal PluginCatalog With(LoadedPlugin plugin) => new([.. Plugins.Where(p => p.Name != plugin.Name), plugin], Failures);

    /// <summary>The plugins of a kind that have their name alone, which a config can therefore choose.</summary>
    /// <param name="kind">The kind.</param>
    public IReadOnlyList<LoadedPlugin> OfKind(PluginKind kind) => [.. Plugins.Where(p => p.Kind == kind && Named(p.Name).Count == 1)];

    /// <summary>The plugin of a name and a kind, or null with a sentence that says why there is none.</summary>
    /// <param name="name">The name as in configs.</param>
    /// <param name="kind">The kind, or null for any.</param>
    /// <param name="problem">What was expected and found, without a place; null when the plugin is found.</param>
    public LoadedPlugin? Find(string name, PluginKind? kind, out string? problem)
    {
        var named = Named(name);
        var what = kind is { } wanted ? PluginSections.Key(wanted) + " plugin" : "plugin";
        if (named.Count == 1 && (kind is null || named[0].Kind == kind))
        {
            problem = null;
            return named[0];
        }

        problem = named.Count switch
        {
            0 => Unknown(what, name, kind),
            1 => $"expected a {what}, found the {PluginSections.Key(named[0].Kind)} plugin \"{name}\"; valid: {Names(kind)}",
            _ => $"expected one plugin \"{name}\", found it in {string.Join(" and ", named.Select(p => p.File))}; "
                + "remove one of these folders or rename one of the plugins",
        };
        return null;
    }

    /// <summary>The plugin of a name.</summary>
    /// <param name="name">The name as in configs.</param>
    /// <exception cref="DmlException">There is none, or there are two.</exception>
    public LoadedPlugin Get(string name) => Find(name, null, out var problem) ?? throw new DmlException(problem!);

    private string Names(PluginKind? kind) => string.Join(", ", NameList(kind));

    private List<string> NameList(PluginKind? kind) => [.. Plugins.Where(p => kind is null || p.Kind == kind).Select(p => p.Name).Distinct()];

    private List<LoadedPlugin> Named(string name) => [.. Plugins.Where(p => p.Name == name)];

    /// <summary>A plugin may be unknown because its file did not load, so the sentence goes on with the files that could hold it.</summary>
    private string Unknown(string what, string name, PluginKind? kind)
    {
        var unknown = NearestName.Explain(what, name, NameList(kind));
        if (Failures.Count == 0) return unknown;
        var alike = Failures.Where(f => Letters(Path.GetFileName(f.File)).Contains(Letters(name), StringComparison.Ordinal)).ToList();
        var related = alike.Count > 0 ? alike : Failures;
        return $"{unknown.TrimEnd('.')}{(unknown.EndsWith('?') ? " Or" : "; or")} it is in a file that did not load: "
            + $"{string.Join(" | ", related.Select(f => f.Message.TrimEnd('.')))}";
    }

    /// <summary>A file name or plugin name without case and punctuation: "Losses.SoftTriple" holds "soft-triple".</summary>
    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
