using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Tests.Losses;

/// <summary>Losses that choose others, made as a run makes them: from a config, out of the plugins as they are loaded.</summary>
internal static class ChosenLosses
{
    private static readonly Lazy<PluginCatalog> Plugins = new(() => PluginCatalog.LoadFrom([(string)AppContext.GetData("Dml.PluginsDir")!]));

    public static PluginCatalog Catalog => Plugins.Value;

    /// <summary>Makes a loss.</summary>
    /// <param name="section">The config's section, a JSON value.</param>
    /// <param name="shape">Classes, embedding size, dtype and device.</param>
    public static IMetricLoss Make(string section, LossShape shape)
    {
        using var services = new ServiceCollection().AddSingleton(shape).BuildServiceProvider();
        return Bind(section).Plugin(PluginKind.Loss)!.Create<IMetricLoss>(services);
    }

    /// <summary>What makes the plugins that a plugin's options choose.</summary>
    public static IPluginFactory Factory(LossShape shape) =>
        new PluginFactory(Catalog, new ServiceCollection().AddSingleton(shape).BuildServiceProvider(), Environment.CurrentDirectory);

    public static BoundConfig Bind(string section) => new Composer(Catalog, []).Bind(ConfigFile.Parse($"{{ \"loss\": {section} }}", "a.json"));

    /// <summary>The composed loss of parts, each a weight and a section.</summary>
    public static string Composed(params (double Weight, string Loss)[] parts)
    {
        var items = parts.Select(p => FormattableString.Invariant($"{{ \"weight\": {p.Weight}, \"loss\": {p.Loss} }}"));
        return $"{{ \"name\": \"composed\", \"parts\": [{string.Join(", ", items)}] }}";
    }
}
