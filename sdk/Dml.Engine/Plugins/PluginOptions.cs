using System.Reflection;

namespace Dml.Engine.Plugins;

/// <summary>Options records of plugins that a program references itself, so that it can write <c>new EifOptions { Steps = 50 }</c>.</summary>
internal static class PluginOptions
{
    /// <summary>The plugin that an options record belongs to.</summary>
    /// <param name="options">The record.</param>
    /// <exception cref="DmlException">Its assembly holds no plugin with such options, or two.</exception>
    public static LoadedPlugin PluginOf(object options)
    {
        var (type, assembly) = (options.GetType(), options.GetType().Assembly);
        var entry = assembly.GetCustomAttribute<PluginEntryPointAttribute>();
        var all = entry is null ? [] : ((IPluginRegistration)Activator.CreateInstance(entry.Type)!).Plugins;
        PluginDescriptor[] found = [.. all.Where(p => p.OptionsType == type)];
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        return found.Length == 1 ? new(found[0], assembly.Location, assembly.GetName().Name!, version)
            : throw new DmlException(found.Length == 0
                ? $"Expected the options record of a plugin, found {type.FullName}, which no plugin in {assembly.GetName().Name} takes; "
                    + "give options such as EifOptions, or the plugin's name."
                : "Expected the options record of one plugin, "
                    + $"found {type.FullName}, which {string.Join(" and ", found.Select(p => p.Name))} take; give the plugin's name.");
    }
}
