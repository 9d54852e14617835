using Dml.Engine.Config;

namespace Dml.Engine.Sessions;

/// <summary>
/// Settings of estimators where several take part: <c>if.lambda=10</c> is meant for the estimator of that name, <c>estimator.lambda=10</c> for each
/// that has the option.
/// </summary>
/// <param name="catalog">Loaded plugins.</param>
/// <param name="settings">Those for which <see cref="IsOne"/> holds.</param>
internal sealed class EstimatorSettings(PluginCatalog catalog, IReadOnlyList<string> settings)
{
    private const string Any = "estimator";

    /// <summary>No settings.</summary>
    public static EstimatorSettings None { get; } = new(new([], []), []);

    /// <summary>All of them, as they were given.</summary>
    public IReadOnlyList<string> All => settings;

    /// <summary>Whether a setting is of estimators.</summary>
    /// <param name="catalog">Loaded plugins.</param>
    /// <param name="setting"><c>path=value</c>.</param>
    public static bool IsOne(PluginCatalog catalog, string setting) =>
        Root(setting) is var root && (root == Any || catalog.Plugins.Any(p => p.Kind == PluginKind.Estimator && p.Name == root));

    /// <summary>Those of an estimator, as overrides of a config that has chosen it.</summary>
    /// <param name="estimator">Plugin name.</param>
    public IReadOnlyList<string> Of(string estimator) =>
        [.. settings.Where(s => Root(s) == estimator || (Root(s) == Any && Has(estimator, s))).Select(s => Any + s[Root(s).Length..])];

    /// <summary>What has no effect is refused rather than passed over.</summary>
    /// <param name="estimators">The estimators that take part.</param>
    /// <exception cref="DmlException">A setting is of none of them.</exception>
    public void RequireUsed(IReadOnlyList<string> estimators)
    {
        foreach (var setting in settings)
        {
            if (estimators.Any(e => Root(setting) == e || (Root(setting) == Any && Has(e, setting)))) continue;
            Wording taking = estimators.Count == 0 ? "none of an estimator, since none takes part"
                : $"a setting of an estimator that takes part ({Names(estimators)})";
            throw new DmlException(
                ConfigOverride.Option, taking, Root(setting) == Any ? $"the option {OptionOf(setting)}, which none of them has" : $"one of {Root(setting)}",
                estimators.Count == 0 ? "leave it out" : "correct it, or leave it out", setting);
        }
    }

    private static string Names(IReadOnlyList<string> estimators) => string.Join(", ", estimators);

    private static string Root(string setting) => setting.Split('=', '.')[0].Trim();

    private static string OptionOf(string setting) => setting.Split('=')[0].Split('.').ElementAtOrDefault(1)?.Trim() ?? "";

    private bool Has(string estimator, string setting) =>
        catalog.Find(estimator, PluginKind.Estimator, out _) is { } plugin && plugin.Descriptor.Options.Options.Any(o => o.Key == OptionOf(setting));
}
