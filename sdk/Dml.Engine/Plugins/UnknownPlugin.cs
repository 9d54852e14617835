using Dml.Configuration;

namespace Dml.Engine.Plugins;

/// <summary>Errors about a name that no plugin has: the plugin may be somewhere that was not looked into.</summary>
internal static class UnknownPlugin
{
    private static readonly string[] Beginnings =
        ["unknown plugin ", .. Enum.GetValues<PluginKind>().Select(kind => $"unknown {PluginSections.Key(kind)} ")];

    /// <summary>Whether an error is of such a name, and no name that there is is like it.</summary>
    /// <param name="error">The error.</param>
    public static bool IsIn(DmlException error) =>
        error is ConfigException config ? config.Problems.Any(problem => Is(problem.Message)) : Is(error.Message);

    /// <summary>A sentence of <see cref="NearestName.Explain"/> that lists what is valid ends with a full stop, one that has a proposal does not.</summary>
    private static bool Is(string sentence) =>
        sentence.EndsWith('.') && Array.Exists(Beginnings, start => sentence.StartsWith(start, StringComparison.Ordinal));
}
