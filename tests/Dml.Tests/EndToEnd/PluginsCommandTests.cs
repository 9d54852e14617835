using System.IO.Compression;
using System.Text.Json;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>dml plugins add, list, remove and check, and dml conform, with a plugin folder of their own.</summary>
public sealed class PluginsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_package_is_added_found_used_listed_and_removed()
    {
        var added = await Dml("plugins", "add", Package("Good.Plugins", "1.2.0", "Good"));
        Assert.Equal(0, added.ExitCode);
        Assert.Contains(
            $"Added Good.Plugins 1.2.0 to {Root}: flat, many, power, saw, stair, stripes, weightless.", Sorted(added.Output), StringComparison.Ordinal);
        Assert.Contains("\nflat ", (await Dml("plugins")).Output, StringComparison.Ordinal);
        Assert.Matches("Good.Plugins +1.2.0 +[0-9a-f]{64}", (await Dml("plugins", "list")).Output);

        var removed = await Dml("plugins", "remove", "good.plugins");
        Assert.Equal($"Removed Good.Plugins 1.2.0 from {Root}.", removed.Output.Trim());
        Assert.Empty(Directory.GetFileSystemEntries(Root));
        Assert.DoesNotContain("\nflat ", (await Dml("plugins")).Output, StringComparison.Ordinal);
        Assert.StartsWith("No packages of plugins in ", (await Dml("plugins", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_version_takes_the_place_of_the_one_before()
    {
        foreach (var version in new[] { "1.0.0", "2.0.0" }) Assert.Equal(0, (await Dml("plugins", "add", Package("Good.Plugins", version, "Good"))).ExitCode);
        var listed = (await Dml("plugins", "list")).Output;
        Assert.Contains("2.0.0", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("1.0.0", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_names_the_package_and_the_hash_of_each_plugin()
    {
        _folder.Write("plain.json", """
            { "dataset": { "name": "glyphs", "trainingClasses": 6, "testClasses": 4, "samplesPerClass": 4, "size": 32 }, "images": { "size": 32 },
              "backbone": { "name": "convnet", "channels": [16] }, "loss": "arcface", "training": { "epochs": 1, "batchClasses": 3, "batchImages": 2 } }
            """);
        Assert.Equal(0, (await Dml("train", _folder.File("plain.json"), "--out", _folder.File("run"), "--quiet")).ExitCode);
        using var facts = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        var plugins = facts.RootElement.GetProperty("plugins");
        Assert.Equal(["Backbones.ConvNet", "Datasets.Glyphs", "Losses.ArcFace"], plugins.EnumerateObject().Select(p => p.Name));
        Assert.All(plugins.EnumerateObject(), p => Assert.Matches("^[0-9a-f]{64}$", p.Value.GetProperty("sha256").GetString()));
        Assert.False(facts.RootElement.TryGetProperty("weights", out _));
    }

    [Theory]
    [InlineData("OtherContract", "expected a plugin built for Dml.Abstractions 1.")]
    [InlineData("MissingDependency", "expected its dependencies beside it, found no ")]
    public async Task A_plugin_that_does_not_load_here_is_refused_and_leaves_nothing(string plugin, string sentence)
    {
        var package = Package("Other", "1.0.0", plugin);
        var outcome = await Dml("plugins", "add", package);
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith($"{package}: {sentence}", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.Trim().Split('\n'));
        Assert.Empty(Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public async Task What_is_no_package_of_a_plugin_is_told_so()
    {
        _folder.Write("text.nupkg", "no archive");
        await Refuses($"{_folder.File("text.nupkg")}: expected a NuGet package, found a file of another kind or a damaged one; get it again.", "text.nupkg");
        using (var archive = Open("library.nupkg", "Some.Library", "1.0.0")) archive.CreateEntry("lib/net10.0/Some.Library.dll");
        await Refuses(
            $"{_folder.File("library.nupkg")}: expected a package of a plugin, with its output in the folder plugin/, found none in Some.Library 1.0.0; "
                + "make it by `dotnet pack` of a project of Dml.Sdk, or give the folder of a build with --plugins.",
            "library.nupkg");
        using (var archive = Open("outside.nupkg", "Outside", "1.0.0")) archive.CreateEntry("plugin/../../../escaped.dll");
        await Refuses(
            $"{_folder.File("outside.nupkg")}: expected files within the package, found the entry \"plugin/../../../escaped.dll\"; do not use this package.",
            "outside.nupkg");
        using (Open("nameless.nupkg", "../up", "1.0.0")) { }
        await Refuses(
            $"{_folder.File("nameless.nupkg")}: expected a NuGet package with its name and version in a .nuspec file, found none; get it again.",
            "nameless.nupkg");
        await Refuses(
            $"{_folder.File("gone.nupkg")}: expected a .nupkg file, found none; check the path, or give the name of a package on a feed.", "gone.nupkg");
    }

    [Fact]
    public async Task A_name_that_the_host_has_already_is_refused()
    {
        var package = Package("Mine", "1.0.0", Path.Combine(Repository("plugins"), "Losses.ArcFace"));
        var outcome = await Dml("plugins", "add", package);
        Assert.Contains("expected plugins of new names in Mine 1.0.0, found \"arcface\", which this host has from ", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public async Task A_package_that_is_not_installed_cannot_be_removed() => Assert.Equal(
        $"Expected an installed package \"Mine\", found none at all in {Root}; nothing has been added.", (await Dml("plugins", "remove", "Mine")).Error.Trim());

    [Fact]
    public async Task Plugins_of_a_folder_are_held_to_their_contracts()
    {
        var outcome = await Dml("plugins", "check", Path.Combine(Repository("test-plugins"), "Good"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(
            "flat (loss) breaks its contract. FlatLoss.PerSample: expected values that move with the embedding", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("See docs/losses.md#writing-one.", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("stripes (dataset) was not tried. ", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("saw (schedule) keeps its contract (", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("stair (schedule) keeps its contract (", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("power (sampler) keeps its contract (", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("dataset.folder: expected a text, found nothing", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("2 of 7 plugins break their contracts.", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_is_held_to_its_contract_by_name_with_options()
    {
        var kept = await Dml("conform", "arcface", "--set", "loss.margin=0.1");
        Assert.Equal(0, kept.ExitCode);
        Assert.StartsWith("arcface (loss) keeps its contract (", kept.Output, StringComparison.Ordinal);
        var wrong = await Dml("conform", "arcface", "--set", "loss.margn=0.1");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("did you mean \"margin\"?", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("unknown plugin \"arcfac\"; did you mean \"arcface\"?", (await Dml("conform", "arcfac")).Error, StringComparison.Ordinal);
    }

    private string Root => Path.Combine(_folder.Path, "dml", "plugins");

    private Task<CommandOutcome> Dml(params string[] arguments) => DmlProcess.RunWith([("XDG_DATA_HOME", _folder.Path)], arguments);

    private async Task Refuses(string sentence, string file)
    {
        var outcome = await Dml("plugins", "add", _folder.File(file));
        Assert.Equal((1, sentence), (outcome.ExitCode, outcome.Error.Trim()));
        Assert.True(!Directory.Exists(Root) || Directory.GetFileSystemEntries(Root).Length == 0);
    }

    /// <summary>The names of the plugins in the order of the alphabet, whatever their kinds.</summary>
    private static string Sorted(string output)
    {
        var line = output.Split('\n')[0];
        var names = line[(line.LastIndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd('.');
        return line.Replace(names, string.Join(", ", names.Split(", ").Order(StringComparer.Ordinal)), StringComparison.Ordinal);
    }

    private static string Repository(string folder) =>
        Path.GetFullPath(Path.Combine(AppContext.GetData("Dml.PluginsDir")!.ToString()!, "..", "..", folder, "release"));

    private string Package(string name, string version, string plugin)
    {
        var file = $"{name}.{version}.nupkg";
        using var archive = Open(file, name, version);
        foreach (var part in Directory.GetFiles(Path.Combine(Repository("test-plugins"), plugin)))
        {
            archive.CreateEntryFromFile(part, "plugin/" + Path.GetFileName(part));
        }

        return _folder.File(file);
    }

    private ZipArchive Open(string file, string name, string version)
    {
        var archive = ZipFile.Open(_folder.File(file), ZipArchiveMode.Create);
        using var nuspec = new StreamWriter(archive.CreateEntry("package.nuspec").Open());
        nuspec.Write($"<package><metadata><id>{name}</id><version>{version}</version></metadata></package>");
        return archive;
    }
}
