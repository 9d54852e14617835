using System.Reflection;

namespace Dml.Engine.Plugins;

/// <summary>The assemblies of which there is one in the process, the host's: a plugin's types and tensors are the host's types and tensors.</summary>
internal static class SharedAssemblies
{
    /// <summary>The assembly that makes a DLL a plugin.</summary>
    public static AssemblyName Contract { get; } = typeof(IPluginRegistration).Assembly.GetName();

    /// <summary>All of them with the host's versions. A plugin may be built for an older minor version of the same major one.</summary>
    public static IReadOnlyList<AssemblyName> All { get; } =
    [
        Contract,
        Assembly.Load(new AssemblyName("Dml.Numerics")).GetName(),
        Assembly.Load(new AssemblyName("Dml.Storage")).GetName(),
        typeof(TorchSharp.torch).Assembly.GetName(),
    ];
}
