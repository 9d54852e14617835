using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Plugins;

namespace Dml.Engine.Sessions;

/// <summary>The config of an explanation: of a model's config, what explaining needs, with the plugin that explains.</summary>
internal static class ExplainingConfig
{
    public const string DefaultEstimator = "eif";

    /// <summary>Binds the loss and the plugin that explains.</summary>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="root">The config of the model.</param>
    /// <param name="estimator">Name of another estimator than the config's, or null.</param>
    /// <param name="scorer">Name of the scorer that takes the estimator's place, or null.</param>
    /// <param name="overrides">Values that take the place of the config's, each <c>path=value</c>.</param>
    public static BoundConfig Bind(PluginCatalog catalog, ConfigNode root, string? estimator, string? scorer, IReadOnlyList<string> overrides)
    {
        var (kind, name) = scorer is null ? (PluginKind.Estimator, estimator) : (PluginKind.Scorer, scorer);
        var key = PluginSections.Key(kind);
        // A config may leave the estimator out; another one than the config's brings its own options.
        var chosen = root[key] is { } section && (name is null || PluginSections.NameOf(PluginSections.ExpandSection(section)) == name) ? section
            : Choice(key, name ?? DefaultEstimator);
        overrides = [.. overrides.Select(setting => ByKind(catalog, setting, key, PluginSections.NameOf(PluginSections.ExpandSection(chosen))))];
        foreach (var setting in overrides) RequireUsed(setting, scorer is not null);
        root = root.Without(PluginSections.Key(PluginKind.Estimator)).Without(PluginSections.Key(PluginKind.Scorer));
        root = overrides.Aggregate(root with { Members = [.. root.Members, new(key, chosen)] }, ConfigOverride.Apply);
        return new Composer(catalog, HostSections.All).Bind(NeededHere(catalog, root), PluginKind.Loss, kind);
    }

    /// <summary>
    /// Dataset, backbone and schedule are not made here, so a run can be explained where their plugins are missing; a sampler that is missing is told where
    /// batches are drawn.
    /// </summary>
    private static ConfigNode NeededHere(PluginCatalog catalog, ConfigNode root)
    {
        var needed = NamedSections.WithoutSchedule(root.Without("dataset").Without("backbone"));
        return NamedSections.SamplerPlugin(needed) is { } name && catalog.Find(name, PluginKind.Sampler, out _) is null
            ? NamedSections.WithoutSamplerPlugin(needed)
            : needed;
    }

    /// <summary>A setting by the name of the estimator or scorer that explains, <c>if.lambda=10</c>, as one of its section.</summary>
    /// <exception cref="DmlException">It is of another estimator or scorer.</exception>
    private static string ByKind(PluginCatalog catalog, string setting, string key, string? name)
    {
        var root = setting.Split('=', '.')[0].Trim();
        // A section stays a section where a plugin has its name, as the scorer loss has.
        if (PluginSections.IsSection(root)) return setting;
        if (root == name) return key + setting.TrimStart()[root.Length..];
        if (catalog.Plugins.FirstOrDefault(p => p.Name == root && p.Kind is PluginKind.Estimator or PluginKind.Scorer) is not { } other) return setting;
        throw new DmlException(
            ConfigOverride.Option, $"a setting of {name}, which explains here", $"one of the {PluginSections.Key(other.Kind)} {root}",
            $"choose that one with {Mention.Option(PluginSections.Key(other.Kind), root)}, or leave the setting out", setting);
    }

    /// <summary>What has no effect on an explanation is refused rather than passed over.</summary>
    private static void RequireUsed(string setting, bool scores)
    {
        string[] evaluating = [HostSections.Evaluation, HostSections.Seed];
        string[] training =
        [
            "dataset", "backbone", HostSections.Images, HostSections.Training, HostSections.Noise, HostSections.Relabels, HostSections.Excludes,
            HostSections.Device, HostSections.BaseFolder,
        ];
        var section = setting.Split('=', '.')[0];
        if (section == "scorer" && !scores)
        {
            throw Unused("estimator", $"one of scorer, which only {Mention.Operation("mislabel", ("scorer", "NAME"))} uses", "leave it out");
        }

        if (section == "estimator" && scores) throw Unused("scorer", $"one of estimator, which {Mention.Option("scorer")} takes the place of", "leave it out");
        if (evaluating.Contains(section))
        {
            throw Unused(
                "estimator", $"one of {section}, which training and evaluation use",
                $"give it to {Mention.Operation("train")} or {Mention.Operation("evaluate")}");
        }

        if (training.Contains(section)) throw Unused("estimator", $"one of {section}, which only training uses", $"give it to {Mention.Operation("train")}");

        DmlException Unused(string explaining, Wording found, Wording remedy) =>
            new(ConfigOverride.Option, $"a setting of loss, {explaining} or threads", found, remedy, setting);
    }

    /// <summary>A section that chooses a plugin by name.</summary>
    public static ConfigNode Choice(string key, string name)
    {
        var source = ConfigSource.Of(Mention.Option(key));
        return ConfigNode.Object(
            [new(PluginSections.NameKey, ConfigNode.Scalar(ConfigKind.String, name, $"{key}.{PluginSections.NameKey}", source))], key, source);
    }
}
