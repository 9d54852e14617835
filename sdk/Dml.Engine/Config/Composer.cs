using Dml.Configuration;
using Dml.Engine.Plugins;

namespace Dml.Engine.Config;

/// <summary>Binds a config: its sections to the host's options, its plugin sections to plugins of the catalog.</summary>
/// <param name="catalog">The plugins.</param>
/// <param name="sections">The root keys of the host.</param>
internal sealed class Composer(PluginCatalog catalog, IReadOnlyList<ConfigSection> sections)
{
    /// <summary>A root key for editors, which the host reads over.</summary>
    internal const string SchemaKey = "$schema";

    /// <summary>The root key of the folder that relative paths start at.</summary>
    internal const string BaseFolderKey = "baseFolder";

    /// <summary>A default may choose a plugin whose default chooses it in turn.</summary>
    private const int MostDepth = 16;

    /// <summary>Binds all sections, and throws all problems of all sections together.</summary>
    /// <param name="root">The config.</param>
    /// <param name="needed">The kinds of plugin that the command cannot do without; the sections of other kinds are bound where they are given.</param>
    /// <exception cref="ConfigException">Something is wrong in the config.</exception>
    public BoundConfig Bind(ConfigNode root, params IReadOnlyList<PluginKind> needed)
    {
        ArgumentNullException.ThrowIfNull(root);
        var problems = new ConfigProblems();
        ReportUnknownKeys(root, problems);
        var bound = new Dictionary<string, object>();
        var within = new List<SectionPlugin>();
        foreach (var section in sections)
        {
            var node = root[section.Key];
            foreach (var named in section.Named) node = TakePlugin(section.Key, node, named, within, problems);
            if (section.Bind(node, root, problems) is { } value) bound[section.Key] = value;
        }

        var plugins = new Dictionary<PluginKind, BoundPlugin>();
        foreach (var kind in PluginSections.Kinds)
        {
            if (root[PluginSections.Key(kind)] is { } section)
            {
                if (Bind(section, kind, problems) is { } plugin) plugins[kind] = plugin;
            }
            else if (needed.Contains(kind))
            {
                problems.Add(root.Source, PluginSections.Key(kind), $"expected {Form(kind)}, found nothing; this section must be given");
            }
        }

        if (problems.Items.Count > 0) throw new ConfigException([.. problems.Items.Select(WithHint)]);
        return new BoundConfig(root, plugins, bound, within).At(FolderOf(root));
    }

    /// <summary>Binds the plugin that an option of a section names, if it names one, and hands on the section without it.</summary>
    private ConfigNode? TakePlugin(string key, ConfigNode? section, NamedOption named, List<SectionPlugin> within, ConfigProblems problems)
    {
        if (named.Plugins is not { } plugins || section?[named.Option.Key] is not { } given) return section;
        var value = PluginSections.ExpandSection(given);
        if (PluginSections.NameOf(value) is not { } name || named.IsOwn(value) || catalog.OfKind(plugins.Kind).Count == 0) return section;
        if (catalog.Find(name, plugins.Kind, out _) is null)
        {
            string[] all = [.. named.Choices.Select(c => c.Name), .. named.Plain, .. catalog.OfKind(plugins.Kind).Select(p => p.Name)];
            problems.Add(value[PluginSections.NameKey]!, NearestName.Explain(PluginSections.Key(plugins.Kind), name, all));
        }
        else if (Bind(value, plugins.Kind, problems) is { } plugin)
        {
            within.Add(new(key, named, plugin));
        }

        plugins.Check(section, problems);
        return section.Without(named.Option.Key);
    }

    /// <summary>
    /// Where relative paths in the options of plugins start, as far as the config itself tells: <c>baseFolder</c>, which a run has as an absolute path and
    /// which else is relative to the file. Who knows better says so by <see cref="BoundConfig.At"/>.
    /// </summary>
    private static string FolderOf(ConfigNode root)
    {
        var folder = root.Source.File is { Length: > 0 } file && File.Exists(file)
            ? Path.GetDirectoryName(Path.GetFullPath(file))!
            : Environment.CurrentDirectory;
        return root[BaseFolderKey] is { Kind: ConfigKind.String } given && !given.Text.Contains('\0', StringComparison.Ordinal)
            ? Path.GetFullPath(given.Text, folder)
            : folder;
    }

    /// <summary>Binds one plugin section, an object with <c>name</c> and the plugin's options, or the name alone.</summary>
    /// <param name="section">The section.</param>
    /// <param name="kind">The kind of plugin that it chooses.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    /// <returns>The plugin with its options, or null after adding at least one problem.</returns>
    public BoundPlugin? Bind(ConfigNode section, PluginKind kind, ConfigProblems problems) => Bind(section, kind, problems, 0);

    /// <summary>Binds a section below a number of others that choose each other.</summary>
    private BoundPlugin? Bind(ConfigNode section, PluginKind kind, ConfigProblems problems, int depth)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(problems);
        section = PluginSections.ExpandSection(section);
        var name = section[PluginSections.NameKey];
        if (name is not { Kind: ConfigKind.String })
        {
            if (section.Kind != ConfigKind.Object)
            {
                problems.Add(section, $"expected {Form(kind)}, found {section.Describe()}; {Available(kind)}");
            }
            else
            {
                problems.Add(
                    name?.Source ?? section.Source, section.PathOf(PluginSections.NameKey),
                    $"expected the name of a {PluginSections.Key(kind)} plugin, found {name?.Describe() ?? "nothing"}; {Available(kind)}");
            }

            return null;
        }

        if (catalog.Find(name.Text, kind, out var problem) is not { } plugin)
        {
            problems.Add(name, problem!);
            return null;
        }

        if (depth == MostDepth)
        {
            problems.Add(name, $"expected no more than {MostDepth} plugins that choose each other, found more; choose one that takes no other");
            return null;
        }

        var given = section.Without(PluginSections.NameKey);
        var options = plugin.Descriptor.Bind(given, problems);
        BoundPlugin?[] chosen = [.. ChosenPlugins.In(plugin.Descriptor.Options, given).Select(c => Bind(c.Choice, c.Kind, problems, depth + 1))];
        return options is null || chosen.Contains(null) ? null : new(plugin, options, catalog) { Chosen = [.. chosen.OfType<BoundPlugin>()] };
    }

    private void ReportUnknownKeys(ConfigNode root, ConfigProblems problems)
    {
        List<string> known = [.. PluginSections.Kinds.Select(PluginSections.Key), .. sections.Select(s => s.Key), SchemaKey];
        foreach (var member in root.Members)
        {
            if (!known.Contains(member.Key)) problems.Add(member.Value, NearestName.Explain("section", member.Key, [.. known, ConfigFile.ExtendsKey]));
        }
    }

    /// <summary>A key that was put one level too deep is told where it belongs.</summary>
    private ConfigProblem WithHint(ConfigProblem problem) =>
        problem.Message.StartsWith("unknown key", StringComparison.Ordinal) && problem.Path.Split('.') is [var section, var key]
            && sections.Any(s => s.Key == key)
            ? problem with { Message = $"{problem.Message} {key} is no part of {section}: it stands beside it, at the top of the config." }
            : problem;

    private static string Form(PluginKind kind) => $"a {PluginSections.Key(kind)} plugin as {{ \"name\": \"...\", options }} or its name alone";

    private string Available(PluginKind kind)
    {
        var names = catalog.OfKind(kind).Select(p => p.Name).ToList();
        return names.Count == 0 ? "there is none; see `dml plugins`" : $"valid: {string.Join(", ", names)}";
    }
}
