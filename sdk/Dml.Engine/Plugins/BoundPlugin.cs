namespace Dml.Engine.Plugins;

/// <summary>A chosen plugin with its options, before it is made: what it needs of the host may be known only later.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Options">Its options record.</param>
public sealed record BoundPlugin(LoadedPlugin Plugin, object Options)
{
    /// <summary>Makes the plugin.</summary>
    /// <typeparam name="T">The contract of its kind.</typeparam>
    /// <param name="services">Holds the services that its constructor asks for, such as <see cref="LossShape"/>.</param>
    /// <exception cref="DmlException">The constructor threw: its own message if that is a <see cref="DmlException"/>, else one naming plugin and file.</exception>
    public T Create<T>(IServiceProvider services) where T : class
    {
        object made;
        try
        {
            made = Plugin.Descriptor.Create(Options, services);
        }
        catch (Exception e) when (e is not (DmlException or OperationCanceledException))
        {
            throw new DmlException($"{Plugin.File}: {Problem(e)}.", e);
        }

        return made as T ?? throw new DmlException($"{Plugin.File}: expected the plugin \"{Plugin.Name}\" to be an {typeof(T).Name}, found {Plugin.Descriptor.TypeName}; build the plugin with Dml.Generators.");
    }

    private string Problem(Exception e) => e is FileNotFoundException or TypeLoadException or MissingMemberException or BadImageFormatException
        ? $"plugin \"{Plugin.Name}\": {PluginLoading.Explain(e)}"
        : $"expected to make the plugin \"{Plugin.Name}\", but its constructor threw {e.GetType().Name}: {e.Message.TrimEnd('.')}; check its options, else report this to its author";
}
