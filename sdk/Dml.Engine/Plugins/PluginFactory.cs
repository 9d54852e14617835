using Dml.Configuration;

namespace Dml.Engine.Plugins;

/// <summary>Makes the plugins that a plugin's options choose, out of a catalog.</summary>
/// <param name="catalog">The plugins.</param>
/// <param name="services">The services of the plugin that asks.</param>
/// <param name="folder">The folder that relative paths in options start at.</param>
internal sealed class PluginFactory(PluginCatalog catalog, IServiceProvider services, string folder) : IPluginFactory
{
    /// <inheritdoc/>
    public T Create<T>(PluginChoice<T> choice) where T : class
    {
        ArgumentNullException.ThrowIfNull(choice);
        var (problems, place) = (new ConfigProblems(), choice.Options);
        if (catalog.Find(choice.Name, choice.Kind, out var unknown) is not { } plugin) throw new ConfigException([new(place.Source, place.Path, unknown!)]);
        var options = plugin.Descriptor.Bind(place, problems);
        problems.ThrowIfAny();
        try
        {
            return new BoundPlugin(plugin, options!, catalog) { Folder = folder }.Create<T>(services);
        }
        catch (DmlException error) when (place.Path.Length > 0 && AtPlace(error, PluginSections.Key(choice.Kind) + ".", place.Path + ".") is { } told)
        {
            throw told;
        }
    }

    /// <summary>A plugin that refuses one of its options names it as one of a section at the root, <c>loss.margin</c>; null where it names none.</summary>
    private static DmlException? AtPlace(DmlException error, string root, string path)
    {
        if (error.Option?.StartsWith(root, StringComparison.Ordinal) == true && error is { Expected: { } expected, Found: { } found })
        {
            return new(path + error.Option[root.Length..], expected, found, error.Remedy is { } remedy ? Wording.FromString(remedy) : null, error.At, error);
        }

        return error.Message.StartsWith(root, StringComparison.Ordinal) ? new(path + error.Message[root.Length..], error) : null;
    }

    /// <summary>The services of a plugin, this factory among them.</summary>
    /// <param name="catalog">The plugins.</param>
    /// <param name="services">The others.</param>
    /// <param name="folder">The folder that relative paths in options start at.</param>
    public static IServiceProvider Among(PluginCatalog catalog, IServiceProvider services, string folder) => new Services(catalog, services, folder);

    private sealed class Services(PluginCatalog catalog, IServiceProvider services, string folder) : IServiceProvider
    {
        public object? GetService(Type serviceType) =>
            serviceType == typeof(IPluginFactory) ? new PluginFactory(catalog, services, folder) : services.GetService(serviceType);
    }
}
