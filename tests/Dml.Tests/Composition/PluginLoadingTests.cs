using Dml.Configuration;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Plugins;
using Dml.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Tests.Composition;

/// <summary>Loads real plugin projects, broken ones among them, from the folders that they were built into.</summary>
public sealed class PluginLoadingTests : IDisposable
{
    private static readonly string Root = (string)AppContext.GetData("Dml.TestPluginsDir")!;
    private static readonly PluginCatalog Catalog = PluginCatalog.LoadFrom([Root]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Broken_plugins_do_not_keep_the_others_from_loading()
    {
        string[] loaded =
        [
            "broken", "flat", "hanging", "json-new", "json-old", "many", "only-in-one", "only-in-two", "own-contract",
            "power", "refusing", "saw", "stair", "stripes", "throwing", "twin", "twin", "weightless",
        ];
        Assert.Equal(loaded, Catalog.Plugins.Select(p => p.Name).Order(StringComparer.Ordinal));
        string[] failed = ["MissingDependency", "OtherContract"];
        Assert.Equal(failed.Select(File), Catalog.Failures.Select(f => f.File));
    }

    [Theory]
    [InlineData(
        "MissingDependency",
        "expected its dependencies beside it, found no Newtonsoft.Json 13.0.0; copy the plugin's whole output folder, built with EnableDynamicLoading.")]
    [InlineData(
        "OtherContract", "expected a plugin built for Dml.Abstractions 1.7 or an older 1.x, found one built for 2.0; build it against this host's version.")]
    public void A_broken_plugin_is_told_with_file_and_remedy(string name, string message) =>
        Assert.Equal($"{File(name)}: {message}", Catalog.Failures.Single(f => f.File == File(name)).Message);

    [Fact]
    public void Two_plugins_have_their_own_versions_of_one_package()
    {
        Assert.Equal("13.0.3", Open("json-old").ClassNames.Single());
        Assert.Equal("13.0.4", Open("json-new").ClassNames.Single());
    }

    [Fact]
    public void A_plugin_gets_its_options_and_the_services_of_the_host()
    {
        var section = ConfigFile.Parse("""{ "dataset": { "name": "stripes", "folder": "images", "classes": 4 } }""", "a.json");
        var services = new ServiceCollection().AddSingleton(new DatasetContext("/data", "/runs", 1));
        new Composer(Catalog, []).Bind(section).AddPlugins(services);
        using var provider = services.BuildServiceProvider();
        var dataset = provider.GetRequiredService<IDatasetSource>().Open(new Progress<ProgressReport>(), default);
        Assert.Equal(("/data/images", 4), (dataset.ClassNames.Single(), dataset.TrainingClassCount));
    }

    [Fact]
    public void Tensors_pass_between_host_and_plugin()
    {
        using var services = new ServiceCollection().AddSingleton(new LossShape(2, 3, TorchSharp.torch.float32, TorchSharp.torch.CPU)).BuildServiceProvider();
        using var loss = Bound("flat").Create<IMetricLoss>(services);
        using var embeddings = TorchSharp.torch.ones(2, 3);
        using var labels = TorchSharp.torch.zeros(2, TorchSharp.torch.int64);
        using var values = loss.PerSample(embeddings, labels);
        Assert.Equal([0f, 0f], values.data<float>().ToArray());
    }

    [Fact]
    public void All_problems_of_a_generated_binder_come_with_file_and_line() => Assert.Equal(
        """
        a.json:3: dataset.clases: unknown key "clases"; did you mean "classes"?
        a.json:2: dataset.folder: expected a text, found nothing; this option must be given
        a.json:4: dataset.noise.std: expected a number from 0 to 1, found the number 2
        """,
        Assert.Throws<ConfigException>(() => new Composer(Catalog, [])
            .Bind(ConfigFile.Parse("{\n\"dataset\": { \"name\": \"stripes\",\n\"clases\": 3,\n\"noise\": { \"std\": 2 } } }", "a.json"))).Message);

    [Fact]
    public void A_name_in_two_assemblies_is_told_with_both_files()
    {
        Assert.Null(Catalog.Find("twin", PluginKind.Dataset, out var problem));
        Assert.Equal(
            $"expected one plugin \"twin\", found it in {File("TwinOne")} and {File("TwinTwo")}; remove one of these folders or rename one of the plugins",
            problem);
        Assert.Equal("One", Open("only-in-one").ClassNames.Single());
    }

    [Fact]
    public void A_constructor_that_throws_is_told_with_plugin_file_and_reason() => Assert.Equal(
        $"{File("Throwing")}: the plugin \"throwing\" (Throwing 0.1.0) threw InvalidOperationException in "
            + "the constructor of ThrowingDataset: The flux is too high; report this to its author, or correct it if it is your own.",
        Assert.Throws<DmlException>(() => Open("throwing")).Message);

    [Fact]
    public void A_plugins_own_message_to_the_user_passes_as_it_is() =>
        Assert.Equal("images/: expected a folder with images, found none; download them first.", Assert.Throws<DmlException>(() => Open("refusing")).Message);

    [Fact]
    public void A_name_of_a_plugin_that_did_not_load_leads_to_its_file()
    {
        var error = Assert.Throws<DmlException>(() => Catalog.Get("other-contract"));
        Assert.Contains(Catalog.Failures.Single(f => f.File == File("OtherContract")).Message.TrimEnd('.'), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MissingDependency", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_file_is_no_assembly()
    {
        var file = _folder.Write("Notes/Notes.dll", "Not a library.");
        Failure(file, "expected a .NET assembly, found a file of another kind or a damaged one; build the plugin again.");
    }

    [Fact]
    public void A_cut_off_assembly_is_refused()
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Path, "Good")).FullName, "Good.dll");
        System.IO.File.WriteAllBytes(file, System.IO.File.ReadAllBytes(File("Good"))[..2000]);
        Failure(file, "expected a .NET assembly, found a file of another kind or a damaged one; build the plugin again.");
    }

    [Fact]
    public void A_newer_minor_version_of_the_contract_is_refused() => Failure(
        FakeAssembly.Write(_folder.Path, "Newer", ("Dml.Abstractions", new(1, 99, 0, 0))),
        "expected a plugin built for Dml.Abstractions 1.7 or an older 1.x, found one built for 1.99; build it against this host's version.");

    [Fact]
    public void Another_major_version_of_a_shared_library_is_refused() => Failure(
        FakeAssembly.Write(_folder.Path, "Newer", ("Dml.Abstractions", new(1, 0, 0, 0)), ("Dml.Numerics", new(3, 0, 0, 0))),
        "expected a plugin built for Dml.Numerics 2.4 or an older 2.x, found one built for 3.0; build it against this host's version.");

    [Fact]
    public void An_assembly_that_does_not_use_the_contract_is_no_plugin() => Failure(
        FakeAssembly.Write(_folder.Path, "Library", ("System.Runtime", new(10, 0, 0, 0))),
        "expected a plugin, found an assembly that does not use Dml.Abstractions; "
            + "write a class with [Plugin] in it or take the folder out of the plugin root.");

    [Fact]
    public void An_assembly_without_a_plugin_in_it_is_told_so() => Failure(
        FakeAssembly.Write(_folder.Path, "Empty", ("Dml.Abstractions", new(1, 0, 0, 0))),
        "expected a list of plugins in it, found none; write a class with [Plugin] in it and build it with Dml.Generators.");

    [Fact]
    public void A_copy_of_a_shared_assembly_is_passed_over_for_the_hosts()
    {
        Assert.True(System.IO.File.Exists(Path.Combine(Root, "OwnContract", "Dml.Abstractions.dll")));
        Assert.Equal("one", Open("own-contract").ClassNames.Single());
    }

    [Theory]
    [InlineData(0, -1, false)]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(-1, 5, true)]
    [InlineData(1, 0, true)]
    public void A_copy_of_a_later_version_or_another_major_one_is_refused(int major, int minor, bool isRefused)
    {
        var host = SharedAssemblies.Contract.Version!;
        var version = new Version(host.Major + major, host.Minor + minor, 0, 0);
        var file = FakeAssembly.Write(_folder.Path, "Heavy", ("Dml.Abstractions", new(1, 0, 0, 0)));
        var copy = FakeAssembly.Write(_folder.Path, "Dml.Abstractions", version);
        System.IO.File.Move(copy, _folder.File("Heavy/Dml.Abstractions.dll"));
        Directory.Delete(_folder.File("Dml.Abstractions"));
        Failure(
            file,
            isRefused
                ? $"expected a copy of Dml.Abstractions {host.ToString(2)} or an older {host.Major}.x, or none, in the plugin's folder, "
                    + $"found one of {version.ToString(2)}; build the plugin against this host's version."
                : "expected a list of plugins in it, found none; write a class with [Plugin] in it and build it with Dml.Generators.");
    }

    [Fact]
    public void A_copy_of_a_shared_assembly_that_cannot_be_read_is_refused()
    {
        var file = FakeAssembly.Write(_folder.Path, "Heavy", ("Dml.Abstractions", new(1, 0, 0, 0)));
        _folder.Write("Heavy/TorchSharp.dll", "");
        Failure(
            file,
            "expected a copy of TorchSharp, or none, found a TorchSharp.dll in the plugin's folder that cannot be read; "
                + "delete it, or reference TorchSharp with ExcludeAssets=\"runtime\" (projects: also Private=\"false\").");
    }

    [Fact]
    public void A_plugin_is_loaded_once_a_process_until_a_file_beside_it_changes()
    {
        var copy = Directory.CreateDirectory(Path.Combine(_folder.Path, "Good")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(File("Good"))!))
        {
            System.IO.File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        var first = Descriptor();
        Assert.Same(first, Descriptor());
        System.IO.File.SetLastWriteTimeUtc(Path.Combine(copy, "Good.dll"), DateTime.UtcNow.AddMinutes(1));
        var second = Descriptor();
        Assert.NotSame(first, second);
        _folder.Write("Good/Neighbour.dll.config", "");
        Assert.NotSame(second, Descriptor());

        PluginDescriptor Descriptor() => PluginCatalog.LoadFrom([copy]).Get("power").Descriptor;
    }

    private void Failure(string file, string message)
    {
        var catalog = PluginCatalog.LoadFrom([_folder.Path, Path.GetDirectoryName(File("JsonOld"))!]);
        Assert.Equal(new PluginFailure(file, $"{file}: {message}"), Assert.Single(catalog.Failures));
        Assert.Equal("json-old", Assert.Single(catalog.Plugins).Name);
    }

    private static string File(string name) => Path.Combine(Root, name, name + ".dll");

    private static BoundPlugin Bound(string name) => new(Catalog.Get(name), NoOptions.Instance, Catalog);

    private static MetricDataset Open(string name)
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        return Bound(name).Create<IDatasetSource>(services).Open(new Progress<ProgressReport>(), default);
    }
}
