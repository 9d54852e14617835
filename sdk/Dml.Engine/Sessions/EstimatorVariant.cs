namespace Dml.Engine.Sessions;

/// <summary>An estimator by name, perhaps with one option, as <c>if.solver=ekfac</c>: a row of its own where several are compared.</summary>
internal static class EstimatorVariant
{
    /// <summary>The plugin of a name.</summary>
    /// <param name="name">A plugin's name, perhaps with an option.</param>
    public static string Plugin(string name) => name.Split('.')[0];

    /// <summary>The settings of estimators for it, and its own option behind them, as overrides of a config that has chosen it.</summary>
    /// <param name="name">A plugin's name, perhaps with an option.</param>
    /// <param name="settings">Settings of estimators.</param>
    public static IReadOnlyList<string> Overrides(string name, EstimatorSettings settings) => name == Plugin(name)
        ? settings.Of(name) : [.. settings.Of(Plugin(name)), $"estimator{name[Plugin(name).Length..]}"];

    /// <summary>Refuses an option without a value.</summary>
    /// <param name="place">Where the name was given.</param>
    /// <param name="name">A plugin's name, perhaps with an option.</param>
    /// <exception cref="DmlException">It has none.</exception>
    public static void Require(string place, string name)
    {
        if (name == Plugin(name) || name.Contains('=', StringComparison.Ordinal)) return;
        throw new DmlException($"{place}: expected an option with its value behind {Plugin(name)}, such as if.solver=ekfac, found \"{name}\".");
    }
}
