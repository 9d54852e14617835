using Dml.Engine.Plugins;

namespace Dml.Engine;

/// <summary>A plugin with the file that it came from.</summary>
/// <param name="Descriptor">What the plugin says of itself.</param>
/// <param name="File">The DLL.</param>
/// <param name="Assembly">The assembly's name.</param>
/// <param name="Version">The assembly's product version.</param>
public sealed record LoadedPlugin(PluginDescriptor Descriptor, string File, string Assembly, string Version)
{
    /// <summary>The name in configs.</summary>
    public string Name => Descriptor.Name;

    /// <summary>Which contract it implements.</summary>
    public PluginKind Kind => Descriptor.Kind;

    /// <summary>How long its static constructor may take.</summary>
    internal TimeSpan Limit { get; init; } = PluginLoading.Limit;
}
