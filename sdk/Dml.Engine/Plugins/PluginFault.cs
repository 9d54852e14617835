using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Dml.Engine.Plugins;

/// <summary>Tells whose an exception is: what is thrown in a plugin's code, wherever the host called it, is the plugin's and no defect of the host.</summary>
internal static class PluginFault
{
    private static readonly ConditionalWeakTable<AssemblyLoadContext, IReadOnlyList<LoadedPlugin>> Loaded = [];

    private static readonly AssemblyName Engine = typeof(PluginFault).Assembly.GetName();

    /// <summary>
    /// The exception as a sentence that names the plugin, its DLL, its version and the member that threw; null when it is no plugin's,
    /// when it is a <see cref="DmlException"/> already, and for a cancellation or want of memory, which are nobody's.
    /// </summary>
    /// <param name="error">What was caught.</param>
    public static DmlException? Of(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is DmlException or OperationCanceledException or OutOfMemoryException) return null;
            if (e is AggregateException or TargetInvocationException or TypeInitializationException && e.InnerException is not null) continue;
            if (Of(e, error) is { } fault) return fault;
        }

        return null;
    }

    /// <summary>Remembers which plugins a load context holds.</summary>
    internal static void Register(AssemblyLoadContext context, IReadOnlyList<LoadedPlugin> plugins) => Loaded.AddOrUpdate(context, plugins);

    private static DmlException? Of(Exception thrown, Exception error)
    {
        var methods = Methods(thrown);
        var first = methods.Find(m => PluginsOf(m) is not null || IsHost(m.Module.Assembly));
        if (first is null || PluginsOf(first) is not { } plugins) return null;

        // One DLL may hold several plugins: the one whose class is nearest to where it threw.
        var file = plugins[0];
        for (var outer = error; outer is not null && outer != thrown; outer = outer.InnerException) methods.AddRange(Methods(outer));
        var plugin = methods.Where(m => m.Module.Assembly == first.Module.Assembly)
            .Select(m => plugins.FirstOrDefault(p => p.Descriptor.TypeName == TypeName(m))).FirstOrDefault(p => p is not null);
        var name = plugin ?? (plugins.Count == 1 ? file : null);
        var whose = name is null ? $"one of the plugins {string.Join(", ", plugins.Select(p => $"\"{p.Name}\""))}" : $"the plugin \"{name.Name}\"";
        var what = $"{thrown.GetType().Name} in {Member(first)}: {Plain(thrown.Message)}";
        return new(
            $"{file.File}: {whose} ({file.Assembly} {file.Version}) threw {what}; report this to its author, or correct it if it is your own.", error);
    }

    /// <summary>A message as a part of a sentence, without the native frames that libtorch puts below its own.</summary>
    private static string Plain(string message)
    {
        var end = message.IndexOf("Exception raised from ", StringComparison.Ordinal);
        return (end > 0 ? message[..end] : message).Trim().ReplaceLineEndings(" ").TrimEnd('.');
    }

    private static List<MethodBase> Methods(Exception thrown) => [.. new StackTrace(thrown).GetFrames().Select(f => f.GetMethod()).OfType<MethodBase>()];

    private static IReadOnlyList<LoadedPlugin>? PluginsOf(MethodBase method) =>
        AssemblyLoadContext.GetLoadContext(method.Module.Assembly) is { } context && Loaded.TryGetValue(context, out var plugins) && plugins.Count > 0
            ? plugins
            : null;

    /// <summary>
    /// Whether the assembly is the engine or a program that uses it. What is thrown there, when a plugin calls back to report progress,
    /// is not the plugin's; what the libraries throw that a plugin calls is.
    /// </summary>
    private static bool IsHost(Assembly assembly) => assembly == typeof(PluginFault).Assembly
        || (AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default && assembly.GetReferencedAssemblies().Any(r => r.Name == Engine.Name));

    private static string TypeName(MethodBase method) => (OwnType(method)?.FullName ?? "").Replace('+', '.');

    /// <summary>The type that the author wrote: the compiler puts lambdas and iterators into types of its own within it.</summary>
    private static Type? OwnType(MethodBase method)
    {
        var type = method.DeclaringType;
        while (type is { DeclaringType: { } outer } && type.Name.StartsWith('<')) type = outer;
        return type;
    }

    private static string Member(MethodBase method)
    {
        var type = OwnType(method)?.Name.Split('`')[0] ?? "";
        var name = method.Name;
        if (name == "MoveNext" && method.DeclaringType is { Name: ['<', ..] iterator }) name = iterator;
        if (name is ['<', .., _] && name.IndexOf('>') is > 1 and var end) name = name[1..end];
        return name switch
        {
            ".ctor" => $"the constructor of {type}",
            ".cctor" => $"the static constructor of {type}",
            _ when name.StartsWith("get_", StringComparison.Ordinal) || name.StartsWith("set_", StringComparison.Ordinal) => $"{type}.{name[4..]}",
            _ => $"{type}.{name[(name.LastIndexOf('.') + 1)..]}",
        };
    }
}
