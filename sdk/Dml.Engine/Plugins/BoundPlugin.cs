using System.Reflection;
using System.Runtime.CompilerServices;

namespace Dml.Engine.Plugins;

/// <summary>A chosen plugin with its options, before it is made: what it needs of the host may be known only later.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Options">Its options record.</param>
/// <param name="Catalog">Where the plugins come from that its options choose.</param>
internal sealed record BoundPlugin(LoadedPlugin Plugin, object Options, PluginCatalog Catalog)
{
    /// <summary>The absolute folder that relative paths in its options start at; the current one where none is known.</summary>
    public string Folder { get; init; } = Environment.CurrentDirectory;

    /// <summary>The plugins that its options choose.</summary>
    public IReadOnlyList<BoundPlugin> Chosen { get; init; } = [];

    /// <summary>The plugin and all that it chooses, however deep.</summary>
    public IEnumerable<LoadedPlugin> All => [Plugin, .. Chosen.SelectMany(c => c.All)];

    /// <summary>Makes the plugin.</summary>
    /// <typeparam name="T">The contract of its kind.</typeparam>
    /// <param name="services">Holds the services that its constructor asks for, such as <see cref="LossShape"/>.</param>
    /// <exception cref="DmlException">
    /// The constructor threw: its own message if that is a <see cref="DmlException"/>, else one naming plugin and file.
    /// </exception>
    public T Create<T>(IServiceProvider services) where T : class
    {
        object made;
        try
        {
            RunStaticConstructor();
            made = Plugin.Descriptor.Create(OptionPaths.Resolve(Plugin.Descriptor, Options, Folder), PluginFactory.Among(Catalog, services, Folder));
        }
        catch (Exception e) when (e is not (DmlException or OperationCanceledException or OutOfMemoryException))
        {
            var cause = e;
            while (cause is TypeInitializationException or TargetInvocationException && cause.InnerException is { } inner) cause = inner;
            if (IsOfLoading(cause)) throw new DmlException($"{Plugin.File}: plugin \"{Plugin.Name}\": {PluginLoading.Explain(cause)}.", e);
            throw PluginFault.Of(e) ?? new DmlException($"{Plugin.File}: {Problem(cause)}.", e);
        }

        return made as T ?? throw new DmlException($"{Plugin.File}: expected the plugin \"{Plugin.Name}\" to be an {typeof(T).Name}, "
            + $"found {Plugin.Descriptor.TypeName}; build the plugin with Dml.Generators.");
    }

    /// <summary>A constructor can be told apart by its time alone where it is static: the others do the plugin's work and may take long.</summary>
    private void RunStaticConstructor()
    {
        var (assembly, name) = (Plugin.Descriptor.Create.Method.Module.Assembly, Plugin.Descriptor.TypeName);
        var type = assembly.GetType(name);

        // The descriptor names a nested type with a dot, as C# does.
        while (type is null && name.LastIndexOf('.') is > 0 and var dot)
        {
            name = $"{name[..dot]}+{name[(dot + 1)..]}";
            type = assembly.GetType(name);
        }

        if (type?.TypeInitializer is null) return;
        TimeLimited.Run(
            () =>
            {
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
                return true;
            },
            Plugin.Limit,
            () => new($"{Plugin.File}: plugin \"{Plugin.Name}\": {PluginLoading.Late(Plugin.Limit, $"the static constructor of {type.Name}")}."));
    }

    private static bool IsOfLoading(Exception e) =>
        e is FileNotFoundException { FileName: not null } or TypeLoadException or MissingMemberException or BadImageFormatException;

    private string Problem(Exception e) =>
        $"expected to make the plugin \"{Plugin.Name}\", but its constructor threw {e.GetType().Name}: {e.Message.TrimEnd('.')}; "
            + "check its options, else report this to its author";
}
