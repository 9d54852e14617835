using System.Collections;
using System.Globalization;
using System.Text.Json;
using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Engine;

/// <summary>The config of a run: which dataset, backbone and loss, and how to train. Never changed in place; every method returns another.</summary>
public sealed class RunConfig
{
    private RunConfig(ConfigNode root, string folder, IReadOnlyList<LoadedPlugin> referenced) => (Root, Folder, Referenced) = (root, folder, referenced);

    /// <summary>As read, with everything that it extends.</summary>
    internal ConfigNode Root { get; }

    /// <summary>The folder that its relative paths start at.</summary>
    internal string Folder { get; }

    /// <summary>Plugins that the program references itself.</summary>
    internal IReadOnlyList<LoadedPlugin> Referenced { get; }

    /// <summary>Reads a config file, JSON with comments and trailing commas, and the files that it extends.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="DmlException">It is missing or no JSON.</exception>
    public static RunConfig Load(string file) => new(ConfigFile.Load(file), Path.GetDirectoryName(Path.GetFullPath(file))!, []);

    /// <summary>Reads a config from text.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="folder">The folder that relative paths start at; the current one when not given.</param>
    /// <exception cref="DmlException">It is no JSON object.</exception>
    public static RunConfig Parse(string json, string? folder = null) => new(ConfigFile.Parse(json, "config"), Path.GetFullPath(folder ?? "."), []);

    /// <summary>The config with a value at a path.</summary>
    /// <param name="path">Keys with dots between them, such as <c>training.epochs</c>.</param>
    /// <param name="value">A text, a number, true or false, a list of these, or null.</param>
    /// <exception cref="ArgumentException">The value is of another type.</exception>
    /// <exception cref="DmlException">The path leads through a value that is no object.</exception>
    public RunConfig Set(string path, object? value) => new(ConfigOverride.Apply(Root, $"{path}={Json(value)}"), Folder, Referenced);

    /// <summary>The config with a plugin chosen by its options record, for example <c>With(new SoftTripleOptions { Centers = 10 })</c>.</summary>
    /// <param name="options">The options record of a plugin that the program references.</param>
    /// <exception cref="DmlException">No plugin takes such options.</exception>
    public RunConfig With(object options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var plugin = PluginOptions.PluginOf(options);
        return new(Sessions.TypedOptions.Choose(Root, plugin, options), Folder, [.. Referenced.Where(p => p.Name != plugin.Name), plugin]);
    }

    /// <summary>
    /// Looks at all that a training by this config would use, each image once and with all cores, and says what is wrong or odd. Nothing
    /// is trained and nothing that stays is written.
    /// </summary>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was found; a training would fail of each of its errors.</returns>
    /// <exception cref="DmlException">The config itself is wrong.</exception>
    public DataCheck Check(PluginCatalog? plugins = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        NativeTorch.EnsureLoaded();
        var catalog = Referenced.Aggregate(plugins ?? PluginCatalog.Default, (all, plugin) => all.With(plugin));
        using var making = RunMaking.Open(Root, Folder, catalog, progress ?? Quiet.Instance, cancellationToken);
        return making.Check();
    }

    /// <summary>The config as indented JSON.</summary>
    public override string ToString() => ConfigFile.ToJson(Root);

    private static string Json(object? value) => value switch
    {
        null => "null",
        string text => JsonText.Of(text),
        bool flag => JsonText.Of(flag),
        float or double => JsonText.Of(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        sbyte or byte or short or ushort or int or uint or long => JsonText.Of(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        Enum choice => JsonText.Of(JsonNamingPolicy.CamelCase.ConvertName(choice.ToString())),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Json))}]",
        _ => throw new ArgumentException($"Expected a text, a number, true or false, a list of these, or null, found {value.GetType().Name}.", nameof(value)),
    };
}
