using Dml.Engine;
using Dml.Engine.Config;
using Dml.Host.Terminal;

namespace Dml.Tests.Composition;

public sealed class RendererTests
{
    [Fact]
    public void Plugins() => Snapshot.Verify(PluginTable.Render(new(
        [.. FakePlugins.Catalog.Plugins, FakePlugins.Plugin("twin", PluginKind.Dataset, file: "p/One/One.dll"),
            FakePlugins.Plugin("twin", PluginKind.Dataset, file: "p/Two/Two.dll")],
        [new("p/Bad/Bad.dll", "p/Bad/Bad.dll: expected this, found that; do so.")])));

    [Fact]
    public void No_plugins() => Assert.Equal("No plugins were found; name a folder with --plugins or DML_PLUGINS.\n", PluginTable.Render(new([], [])));

    [Fact]
    public void Description() => Snapshot.Verify(PluginDescription.Render(FakePlugins.Catalog.Get("margin")));

    [Fact]
    public void Description_of_a_plugin_without_options() => Snapshot.Verify(PluginDescription.Render(FakePlugins.Catalog.Get("plain")));

    [Fact]
    public void Description_of_a_loaded_plugin() =>
        Snapshot.Verify(PluginDescription.Render(PluginCatalog.LoadFrom([(string)AppContext.GetData("Dml.TestPluginsDir")!]).Get("stripes")));

    [Fact]
    public void Schema() => Snapshot.Verify(ConfigSchema.Render(FakePlugins.Catalog, ComposerTests.Sections));
}
