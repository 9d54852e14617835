using System.IO.Compression;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Dml.Storage;

namespace Dml.Engine.Plugins;

/// <summary>
/// The user's plugin folder: packages of plugins that were added once and are found ever after. A package of a plugin holds the plugin's whole output
/// folder as <c>plugin/</c>, as <c>dotnet pack</c> of a project of Dml.Sdk makes it, so adding one runs nothing and fetches nothing else.
/// </summary>
internal static class UserPlugins
{
    private const string ListName = "package.json";
    private const string Content = "plugin/";

    /// <summary>The folder: <c>dml/plugins</c> in XDG_DATA_HOME, which is ~/.local/share where it is not set.</summary>
    public static string Root => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "dml", "plugins");

    /// <summary>What is installed, by name.</summary>
    public static IReadOnlyList<InstalledPackage> List() => Directory.Exists(Root)
        ? [.. Directory.GetDirectories(Root).Order(StringComparer.Ordinal).Select(PackageIn).OfType<InstalledPackage>()]
        : [];

    /// <summary>The package that a plugin's file was installed from, or null.</summary>
    /// <param name="file">The DLL.</param>
    public static InstalledPackage? PackageOf(string file) => PackageIn(Path.GetDirectoryName(Path.GetFullPath(file))!);

    /// <summary>Puts a package's plugins into the user's folder, in place of another version of the package; all of it or nothing.</summary>
    /// <param name="file">The .nupkg file.</param>
    /// <param name="others">The plugins that are loaded without the user's folder.</param>
    /// <returns>The package, and the names of its plugins.</returns>
    /// <exception cref="DmlException">It is no package of plugins, or its plugins do not load in this host.</exception>
    public static (InstalledPackage Package, IReadOnlyList<string> Names) Add(string file, PluginCatalog others)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (!File.Exists(file)) throw new DmlException($"{file}: expected a .nupkg file, found none; check the path.");
        Directory.CreateDirectory(Root);
        var staged = Path.Combine(Root, $".{Guid.NewGuid():N}");
        try
        {
            var package = Unpack(file, staged);
            var names = Check(file, staged, package, others);
            var folder = FolderOf(package.Package);
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.Move(staged, folder);
            return (package, names);
        }
        finally
        {
            if (Directory.Exists(staged)) Directory.Delete(staged, recursive: true);
        }
    }

    /// <summary>Takes a package out of the user's folder.</summary>
    /// <param name="name">The package's name, in any case.</param>
    /// <returns>The package.</returns>
    /// <exception cref="DmlException">None of that name is installed.</exception>
    public static InstalledPackage Remove(string name)
    {
        var installed = List();
        var package = installed.FirstOrDefault(p => string.Equals(p.Package, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new DmlException(installed.Count == 0
                ? $"Expected an installed package \"{name}\", found none at all in {Root}; nothing has been added."
                : $"Expected an installed package \"{name}\", found {string.Join(", ", installed.Select(p => p.Package))}; name one of these.");
        Directory.Delete(FolderOf(package.Package), recursive: true);
        return package;
    }

    private static string FolderOf(string package) => Path.Combine(Root, package);

    private static InstalledPackage Unpack(string file, string folder)
    {
        try
        {
            using var archive = new ZipArchive(InputFile.OpenRead(file), ZipArchiveMode.Read);
            var (name, version) = Named(file, archive);
            var entries = archive.Entries.Where(e => e.FullName.StartsWith(Content, StringComparison.Ordinal) && e.Name.Length > 0).ToList();
            if (entries.Count == 0)
            {
                throw new DmlException($"{file}: expected a package of a plugin, with its output in the folder plugin/, found none in {name} {version}; "
                    + $"make it by `dotnet pack` of a project of Dml.Sdk, or give the folder of a build with {Mention.Option("plugins")}.");
            }

            foreach (var entry in entries)
            {
                var target = Path.GetFullPath(Path.Combine(folder, entry.FullName[Content.Length..]));
                if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                {
                    throw new DmlException($"{file}: expected files within the package, found the entry \"{entry.FullName}\"; do not use this package.");
                }

                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                entry.ExtractToFile(target);
            }

            var package = new InstalledPackage(name, version, FileHash.Of(file));
            File.WriteAllText(Path.Combine(folder, ListName), JsonSerializer.Serialize(package, PackageJson.Default.InstalledPackage));
            return package;
        }
        catch (Exception error) when (error is InvalidDataException or XmlException)
        {
            throw new DmlException($"{file}: expected a NuGet package, found a file of another kind or a damaged one; get it again.", error);
        }
    }

    private static (string Name, string Version) Named(string file, ZipArchive archive)
    {
        var list = archive.Entries.FirstOrDefault(e => e.FullName == e.Name && e.Name.EndsWith(".nuspec", StringComparison.Ordinal));
        using var stream = list?.Open();
        var metadata = stream is null ? null : XDocument.Load(stream).Root?.Elements().FirstOrDefault(e => e.Name.LocalName == "metadata");
        var (name, version) = (Of("id"), Of("version"));
        return name is { Length: > 0 } && version is { Length: > 0 } && name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_') && name[0] != '.'
            ? (name, version)
            : throw new DmlException($"{file}: expected a NuGet package with its name and version in a .nuspec file, found none; get it again.");

        string? Of(string element) => metadata?.Elements().FirstOrDefault(e => e.Name.LocalName == element)?.Value.Trim();
    }

    private static List<string> Check(string file, string folder, InstalledPackage package, PluginCatalog others)
    {
        var found = PluginCatalog.LoadFrom([folder]);
        if (found.Failures is [var failure, ..])
        {
            // A plugin of another contract may not even be known for one; its references tell why.
            if (PluginFolders.WithDependencies(folder).Select(PluginPreflight.Check).FirstOrDefault(p => p is not null) is { } problem)
            {
                throw new DmlException($"{file}: {problem}.");
            }

            var start = failure.Message.IndexOf(": ", StringComparison.Ordinal);
            throw new DmlException($"{file}: {failure.Message[(start + 2)..]}");
        }

        foreach (var plugin in found.Plugins)
        {
            if (others.Plugins.FirstOrDefault(p => p.Name == plugin.Name) is not { } other) continue;
            throw new DmlException($"{file}: expected plugins of new names in {package}, found \"{plugin.Name}\", which this host has from {other.File}; "
                + "of two plugins of one name none can be chosen.");
        }

        return [.. found.Plugins.Select(p => p.Name)];
    }

    private static InstalledPackage? PackageIn(string folder)
    {
        var list = Path.Combine(folder, ListName);
        try
        {
            return File.Exists(list) ? JsonSerializer.Deserialize(InputFile.ReadText(list), PackageJson.Default.InstalledPackage) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            // Some other program's package.json, or a damaged one: the plugins beside it load all the same.
            return null;
        }
    }
}
