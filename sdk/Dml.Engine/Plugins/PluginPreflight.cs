using System.Reflection;
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

    /// <summary>Whether the file is an assembly that lists plugins, whichever contract they were built for. What cannot be read does not.</summary>
    /// <param name="file">The DLL.</param>
    public static bool HasPlugins(string file)
    {
        try
        {
            using var image = new PEReader(InputFile.OpenRead(file));
            return image.HasMetadata && HasEntryPoint(image.GetMetadataReader());
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return false;
        }
    }

    /// <summary>No assembly, no regular file, or none that may be read.</summary>
    private static bool IsUnreadable(Exception e) =>
        e is BadImageFormatException or InvalidOperationException or IOException or UnauthorizedAccessException or DmlException;

    private static bool HasEntryPoint(MetadataReader metadata)
    {
        foreach (var handle in metadata.GetAssemblyDefinition().GetCustomAttributes())
        {
            if (metadata.GetCustomAttribute(handle).Constructor is not { Kind: HandleKind.MemberReference } constructor) continue;
            if (metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent is not { Kind: HandleKind.TypeReference } parent) continue;
            var type = metadata.GetTypeReference((TypeReferenceHandle)parent);
            var names = metadata.StringComparer;
            if (names.Equals(type.Name, nameof(PluginEntryPointAttribute)) && names.Equals(type.Namespace, "Dml")) return true;
        }

        return false;
    }

    private const string NoAssembly = "expected a .NET assembly, found a file of another kind or a damaged one; build the plugin again";

    private static string? CheckReferences(MetadataReader metadata, string folder)
    {
        var references = metadata.AssemblyReferences.Select(metadata.GetAssemblyReference)
            .Select(reference => (Name: metadata.GetString(reference.Name), reference.Version)).ToList();
        var contract = SharedAssemblies.Contract.Name;
        if (references.All(r => r.Name != contract))
        {
            return $"expected a plugin, found an assembly that does not use {contract}; "
                + "write a class with [Plugin] in it or take the folder out of the plugin root";
        }

        foreach (var shared in SharedAssemblies.All)
        {
            var host = shared.Version!;
            var asked = references.Find(r => r.Name == shared.Name).Version ?? host;
            if (asked.Major != host.Major || asked.Minor > host.Minor)
            {
                return $"expected a plugin built for {shared.Name} {host.Major}.{host.Minor} or an older {host.Major}.x, "
                    + $"found one built for {asked.Major}.{asked.Minor}; build it against this host's version";
            }

            if (CheckCopy(Path.Combine(folder, shared.Name + ".dll"), shared) is { } problem) return problem;
        }

        var missing = references.Where(r => !HostAssemblies.Contains(r.Name) && !File.Exists(Path.Combine(folder, r.Name + ".dll")))
            .Select(r => $"{r.Name} {r.Version.ToString(3)}").ToList();
        return missing.Count == 0
            ? null
            : $"expected its dependencies beside it, found no {string.Join(", no ", missing)}; "
                + "copy the plugin's whole output folder, built with EnableDynamicLoading";
    }

    /// <summary>
    /// A shared assembly that was copied beside the plugin is never loaded, the host's is. That is right where the host's can stand in for
    /// it; a copy of a later version means that the plugin, or a library that it brings, was built for more than this host has.
    /// </summary>
    private static string? CheckCopy(string file, AssemblyName shared)
    {
        if (!File.Exists(file)) return null;
        var (host, remedy) = (shared.Version!, $"delete it, or reference {shared.Name} with ExcludeAssets=\"runtime\" (projects: also Private=\"false\")");
        try
        {
            using var image = new PEReader(InputFile.OpenRead(file));
            var copy = image.GetMetadataReader().GetAssemblyDefinition().Version;
            return copy.Major == host.Major && copy.Minor <= host.Minor
                ? null
                : $"expected a copy of {shared.Name} {host.Major}.{host.Minor} or an older {host.Major}.x, or none, in the plugin's folder, "
                    + $"found one of {copy.Major}.{copy.Minor}; build the plugin against this host's version";
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return $"expected a copy of {shared.Name}, or none, found a {shared.Name}.dll in the plugin's folder that cannot be read; {remedy}";
        }
    }
}
