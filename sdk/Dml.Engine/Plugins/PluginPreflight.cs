using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Dml.Storage;

namespace Dml.Engine.Plugins;

/// <summary>
/// Looks at a plugin's metadata before anything of it is loaded: the runtime's own errors come late, when a type is first touched,
/// and say neither what the plugin was built for nor what to do.
/// </summary>
internal static class PluginPreflight
{
    private static readonly HashSet<string> HostAssemblies = new(
        ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator).Select(p => Path.GetFileNameWithoutExtension(p)!),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>What keeps the file from being a plugin of this host, as a sentence without the file's name, or null.</summary>
    /// <param name="file">The DLL.</param>
    public static string? Check(string file)
    {
        try
        {
            using var image = new PEReader(InputFile.OpenRead(file));
            return image.HasMetadata ? CheckReferences(image.GetMetadataReader(), Path.GetDirectoryName(file) ?? "") : NoAssembly;
        }
        catch (BadImageFormatException)
        {
            return NoAssembly;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"expected a readable file, but reading it failed ({e.Message.TrimEnd('.')}); check its permissions";
        }
    }

    private const string NoAssembly = "expected a .NET assembly, found a file of another kind or a damaged one; build the plugin again";

    private static string? CheckReferences(MetadataReader metadata, string folder)
    {
        var references = metadata.AssemblyReferences.Select(metadata.GetAssemblyReference)
            .Select(reference => (Name: metadata.GetString(reference.Name), reference.Version)).ToList();
        var contract = SharedAssemblies.Contract.Name;
        if (references.All(r => r.Name != contract))
        {
            return $"expected a plugin, found an assembly that does not use {contract}; write a class with [Plugin] in it or take the folder out of the plugin root";
        }

        foreach (var shared in SharedAssemblies.All)
        {
            var host = shared.Version!;
            var asked = references.Find(r => r.Name == shared.Name).Version ?? host;
            if (asked.Major != host.Major || asked.Minor > host.Minor)
            {
                return $"expected a plugin built for {shared.Name} {host.Major}.{host.Minor} or an older {host.Major}.x, found one built for {asked.Major}.{asked.Minor}; build it against this host's version";
            }

            if (File.Exists(Path.Combine(folder, shared.Name + ".dll")))
            {
                return $"expected the host's {shared.Name}, found another {shared.Name}.dll in the plugin's folder; delete it and reference {shared.Name} with ExcludeAssets=\"runtime\" (projects: also Private=\"false\")";
            }
        }

        var missing = references.Where(r => !HostAssemblies.Contains(r.Name) && !File.Exists(Path.Combine(folder, r.Name + ".dll"))).Select(r => $"{r.Name} {r.Version.ToString(3)}").ToList();
        return missing.Count == 0
            ? null
            : $"expected its dependencies beside it, found no {string.Join(", no ", missing)}; copy the plugin's whole output folder, built with EnableDynamicLoading";
    }
}
