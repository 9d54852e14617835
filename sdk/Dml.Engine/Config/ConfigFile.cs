using System.Text;
using Dml.Configuration;
using Dml.Storage;

namespace Dml.Engine.Config;

/// <summary>Reads a run's config: a JSON file with comments and trailing commas, the files that it extends, and the overrides of the command line.</summary>
internal static class ConfigFile
{
    /// <summary>The root key that names the base.</summary>
    internal const string ExtendsKey = "extends";

    /// <summary>Bytes of the largest file that is taken for a config: a thousand times what any needs.</summary>
    private const long LargestFile = 16 << 20;

    /// <summary>Reads a config file with everything it extends, then applies the overrides in the order given.</summary>
    /// <param name="file">The file as the user named it; messages repeat it so.</param>
    /// <param name="overrides">Values that take the place of the file's, each <c>path=value</c>.</param>
    /// <exception cref="DmlException">A file is missing or no JSON, the chain of bases has no end, or an override is malformed.</exception>
    public static ConfigNode Load(string file, IReadOnlyList<string>? overrides = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (!File.Exists(file)) throw new DmlException($"{file}: expected a config file, found none; check the path.");
        return (overrides ?? []).Aggregate(LoadChain(file, []), ConfigOverride.Apply);
    }

    /// <summary>Reads a config from text; <c>extends</c> is left as it stands.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What messages call it.</param>
    public static ConfigNode Parse(string json, string name) => NamedSections.Expand(ConfigReader.ReadRoot(Encoding.UTF8.GetBytes(json), name));

    /// <summary>The config as indented JSON with a line end: what a run writes down as its resolved config.</summary>
    /// <param name="node">Any config value.</param>
    public static string ToJson(ConfigNode node) => ConfigWriter.Write(node);

    /// <param name="file">The file to read.</param>
    /// <param name="descent">The files that led here, first the one that the user named.</param>
    private static ConfigNode LoadChain(string file, IReadOnlyList<string> descent)
    {
        var derived = NamedSections.Expand(ConfigReader.ReadRoot(ReadBytes(file), file));
        if (derived[ExtendsKey] is not { } extends) return derived;
        if (extends.Kind != ConfigKind.String || extends.Text.Length == 0)
        {
            throw Problem(extends, $"expected the file name of another config, found {extends.Describe()}; give one name or remove the key");
        }

        IReadOnlyList<string> chain = [.. descent, file];
        var baseFile = Path.Combine(Path.GetDirectoryName(file) ?? "", extends.Text);
        if (chain.Any(known => Path.GetFullPath(known) == Path.GetFullPath(baseFile)))
        {
            throw Problem(
                extends, $"expected a chain of configs that ends, found the circle {string.Join(" -> ", [.. chain, baseFile])}; remove one \"extends\" of it");
        }

        if (!File.Exists(baseFile))
        {
            throw Problem(extends,
                $"expected a config file at {baseFile}, found none; the name is taken relative to the folder of {file}, so correct it there or add the file");
        }

        return ConfigMerge.Merge(LoadChain(baseFile, chain), derived.Without(ExtendsKey));
    }

    private static byte[] ReadBytes(string file)
    {
        try
        {
            return InputFile.ReadBytes(file, LargestFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DmlException($"{file}: expected a readable config file, but reading it failed ({e.Message.TrimEnd('.')}); check its permissions.", e);
        }
    }

    private static ConfigException Problem(ConfigNode node, string message) => new([new(node.Source, node.Path, message)]);
}
