using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using McMaster.NETCore.Plugins;

namespace Dml.Engine.Plugins;

/// <summary>Loads one plugin file into a load context of its own, in which the shared assemblies are the host's.</summary>
internal static class PluginLoading
{
    /// <summary>How long a plugin's own code may take while it is loaded. It does nothing then but fill tables.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What this process has loaded. A load context stays for good, so a plugin whose files have not changed is not loaded again.</summary>
    private static readonly ConcurrentDictionary<string, IReadOnlyList<LoadedPlugin>> Loaded = new(StringComparer.Ordinal);

    /// <summary>The plugins of a file.</summary>
    /// <param name="file">The DLL.</param>
    /// <param name="limit">How long its own code may take.</param>
    /// <param name="failure">Why there are none, or null.</param>
    public static IReadOnlyList<LoadedPlugin> Load(string file, TimeSpan limit, out PluginFailure? failure)
    {
        failure = null;
        var problem = PluginPreflight.Check(file);
        try
        {
            const string What = "a static constructor, or a default of its options,";
            if (problem is null)
            {
                var state = State(file, limit);
                return Loaded.TryGetValue(state, out var known) ? known
                    : Loaded.GetOrAdd(state, TimeLimited.Run(() => LoadAssembly(file, limit), limit, () => new(Late(limit, What))));
            }
        }
        catch (Exception e)
        {
            // Whatever a plugin's code throws here must not keep the other plugins from loading; it is listed with the file's name.
            problem = Explain(e);
        }

        failure = new(file, $"{file}: {problem}.");
        return [];
    }

    /// <summary>What an exception from loading or making a plugin means, without the file's name and the full stop.</summary>
    public static string Explain(Exception e) => e switch
    {
        DmlException => e.Message.TrimEnd('.'),
        FileNotFoundException { FileName: { } name } =>
            $"expected its dependencies beside it, found no {ShortName(name)}; copy the plugin's whole output folder, built with EnableDynamicLoading",
        BadImageFormatException => $"expected .NET assemblies, but {e.Message.TrimEnd('.')}; build the plugin again",
        TypeLoadException or MissingMemberException =>
            $"expected a plugin built for this host's contracts, but {e.Message.TrimEnd('.')}; build it against this host's version",
        TypeInitializationException or TargetInvocationException when e.InnerException is { } inner => Explain(inner),
        _ => $"expected a plugin that loads, but it threw {e.GetType().Name}: {e.Message.TrimEnd('.')}; correct the plugin",
    };

    /// <summary>What to say of a plugin that is given up, without the file's name and the full stop.</summary>
    public static string Late(TimeSpan limit, string what) =>
        FormattableString.Invariant($"expected a plugin that is ready within {limit.TotalSeconds:0.###} s, but {what} did not return; correct the plugin");

    /// <summary>Names, sizes and times of the files beside a plugin, its own included: what it is loaded from.</summary>
    private static string State(string file, TimeSpan limit)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var files = folder.EnumerateFiles().OrderBy(f => f.FullName, StringComparer.Ordinal)
            .Select(f => FormattableString.Invariant($"{f.FullName}\0{f.Length}\0{f.LastWriteTimeUtc.Ticks}"));
        return string.Join('\n', [file, FormattableString.Invariant($"{limit.Ticks}"), .. files]);
    }

    private static List<LoadedPlugin> LoadAssembly(string file, TimeSpan limit)
    {
        var path = Path.GetFullPath(file);
        var loader = PluginLoader.CreateFromAssemblyFile(path, config =>
        {
            foreach (var shared in SharedAssemblies.All) config.SharedAssemblies.Add(shared);
        });
        var assembly = loader.LoadDefaultAssembly();
        var entry = assembly.GetCustomAttribute<PluginEntryPointAttribute>()
            ?? throw new DmlException("expected a list of plugins in it, found none; write a class with [Plugin] in it and build it with Dml.Generators");
        var registration = Activator.CreateInstance(entry.Type) as IPluginRegistration
            ?? throw new DmlException(
                $"expected {entry.Type.FullName} to be an {nameof(IPluginRegistration)}, found another type; build the plugin with Dml.Generators");
        var version = (FileVersionInfo.GetVersionInfo(path).ProductVersion ?? "").Split('+')[0];
        var name = assembly.GetName().Name!;
        List<LoadedPlugin> plugins = [.. registration.Plugins.Select(plugin => new LoadedPlugin(plugin, file, name, version) { Limit = limit })];
        foreach (var plugin in plugins)
        {
            if (PluginDefaults.Problem(plugin.Descriptor) is not { } found) continue;
            throw new DmlException($"expected defaults that a config can give, found in the options of \"{plugin.Name}\" {found}; correct the default");
        }

        PluginFault.Register(AssemblyLoadContext.GetLoadContext(assembly)!, plugins);
        return plugins;
    }

    private static string ShortName(string assembly) => assembly.Split(',')[0];
}
