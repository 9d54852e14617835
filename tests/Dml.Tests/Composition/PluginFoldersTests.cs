using Dml.Engine;
using Dml.Engine.Plugins;
using Dml.Tests.Support;

namespace Dml.Tests.Composition;

public sealed class PluginFoldersTests : IDisposable
{
    private const string Copy = "copy the plugin's whole output folder, its deps.json too, or give the folder the name of the plugin's DLL";

    private readonly TemporaryFolder _folder = new();
    private readonly List<PluginFailure> _failures = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_root_gives_each_folder_with_a_DLL_of_its_name_in_order()
    {
        _folder.Write("B/B.dll", "");
        _folder.Write("A/A.dll", "");
        _folder.Write(".hidden/notes.txt", "");
        Assert.Equal([Full("A/A.dll"), Full("B/B.dll")], PluginFolders.Find([_folder.Path], _failures));
        Assert.Empty(_failures);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("A/")]
    [InlineData("B/../A")]
    public void A_folder_of_one_plugin_may_be_given_itself(string given)
    {
        _folder.Write("A/A.dll", "");
        _folder.Write("B/B.dll", "");
        Assert.Equal(Full(given + "/A.dll").Replace("//", "/", StringComparison.Ordinal), Assert.Single(PluginFolders.Find([Full(given)], _failures)));
    }

    [Fact]
    public void A_folder_that_is_found_twice_counts_once()
    {
        _folder.Write("A/A.dll", "");
        Assert.Single(PluginFolders.Find([_folder.Path, Full("A"), _folder.Path + "/"], _failures));
    }

    [Fact]
    public void A_folder_without_its_DLL_is_a_failure_with_a_remedy()
    {
        _folder.Write("A/A.dll", "");
        _folder.Write("Empty/readme.txt", "");
        _folder.Write("Renamed/Other.dll", "");
        Assert.Single(PluginFolders.Find([_folder.Path], _failures));
        Assert.Equal(
            [
                $"{Full("Empty")}: expected a plugin's DLL with its deps.json in it, or Empty.dll, found neither; "
                    + "build the plugin into it or remove the folder.",
                $"{Full("Renamed")}: expected a plugin's DLL with its deps.json in it, or Renamed.dll, found neither; {Copy}.",
            ],
            _failures.Select(f => f.Message));
    }

    [Fact]
    public void A_root_without_any_plugin_is_one_failure()
    {
        _folder.Write("net10.0/MyLoss.dll", "");
        Assert.Empty(PluginFolders.Find([Full("net10.0")], _failures));
        Assert.Equal(
            $"{Full("net10.0")}: expected a plugin's DLL with its deps.json in it, or folders with one each, found none; {Copy}.",
            Assert.Single(_failures).Message);
    }

    [Theory]
    [InlineData("bin/Release/net10.0")]
    [InlineData("bin/Release/net10.0/")]
    [InlineData("bin/Release")]
    public void The_output_folder_of_a_plugin_is_a_plugin_folder_whatever_its_name(string given)
    {
        CopyGood("bin/Release/net10.0");
        _folder.Write("bin/Release/net10.0/Library.dll", "");
        _folder.Write("bin/Release/net10.0/Other.dll", "");
        _folder.Write("bin/Release/net10.0/Other.deps.json", "{}");
        Assert.Equal(Full("bin/Release/net10.0/Good.dll"), Path.GetFullPath(Assert.Single(PluginFolders.Find([Full(given)], _failures))));
        Assert.Empty(_failures);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("src")]
    [InlineData("src/Mine")]
    public void The_newest_build_of_a_project_below_a_folder_is_found(string given)
    {
        _folder.Write("src/Mine/Mine.csproj", "<Project />");
        _folder.Write("src/Mine.Tests/Mine.Tests.csproj", "<Project />");
        foreach (var (configuration, age) in new[] { ("Debug", 2), ("Release", 1) })
        {
            CopyGood($"src/Mine/bin/{configuration}/net10.0");
            File.SetLastWriteTimeUtc(Full($"src/Mine/bin/{configuration}/net10.0/Good.dll"), DateTime.UtcNow.AddHours(-age));
        }

        _folder.Write("src/Mine.Tests/bin/Debug/net10.0/Mine.Tests.deps.json", "{}");
        _folder.Write("src/Mine.Tests/bin/Debug/net10.0/Mine.Tests.dll", "");
        Assert.Equal(Full("src/Mine/bin/Release/net10.0/Good.dll"), Path.GetFullPath(Assert.Single(PluginFolders.Find([Full(given)], _failures))));
        Assert.Empty(_failures);
    }

    [Fact]
    public void A_project_that_was_not_built_is_told_so()
    {
        _folder.Write("Mine/Mine.csproj", "<Project />");
        Assert.Empty(PluginFolders.Find([_folder.Path], _failures));
        Assert.Equal(
            $"{_folder.Path}: expected a build of Mine in bin/, found none; run `dotnet build -c Release` there.", Assert.Single(_failures).Message);
    }

    [Fact]
    public void A_plugin_without_its_dependencies_is_found_under_its_own_name_alone()
    {
        CopyGood("Good");
        CopyGood("Renamed");
        File.Delete(Full("Good/Good.deps.json"));
        File.Delete(Full("Renamed/Good.deps.json"));
        Assert.Equal([Full("Good/Good.dll")], PluginFolders.Find([_folder.Path], _failures));
        Assert.EndsWith(Copy + ".", Assert.Single(_failures).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_folder_without_a_plugin_in_it_is_told_so()
    {
        _folder.Write("net10.0/MyLoss.dll", "");
        _folder.Write("net10.0/MyLoss.deps.json", "{}");
        Assert.Empty(PluginFolders.Find([Full("net10.0")], _failures));
        Assert.EndsWith(
            "found none; write a class with [Plugin] and build it with the package Dml.Abstractions, which brings the generator.",
            Assert.Single(_failures).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_folder_that_does_not_exist_is_an_error() => Assert.Equal(
        "--plugins nowhere/plugins: expected a folder with plugins, found none; check the path.",
        Assert.Throws<DmlException>(() => PluginFolders.Roots(["nowhere/plugins"])).ShownSentence());

    [Fact]
    public void Under_dotnet_test_the_hosts_own_root_is_where_plugins_are_built()
    {
        var built = (string)AppContext.GetData("Dml.PluginsDir")!;
        Assert.Equal([_folder.Path, built], PluginFolders.Roots([_folder.Path]));
        Assert.NotEmpty(PluginFolders.Find([built], _failures));
    }

    [Fact]
    public void Folders_of_the_environment_come_between_those_given_and_the_hosts_own()
    {
        _folder.Write("A/A.dll", "");
        _folder.Write("B/B.dll", "");
        Environment.SetEnvironmentVariable(PluginFolders.Variable, Full("B") + Path.PathSeparator);
        try
        {
            Assert.Equal([Full("A"), Full("B")], PluginFolders.Roots([Full("A")]).Take(2));
        }
        finally
        {
            Environment.SetEnvironmentVariable(PluginFolders.Variable, null);
        }
    }

    private void CopyGood(string folder)
    {
        Directory.CreateDirectory(Full(folder));
        foreach (var file in Directory.EnumerateFiles(Path.Combine((string)AppContext.GetData("Dml.TestPluginsDir")!, "Good")))
        {
            File.Copy(file, Path.Combine(Full(folder), Path.GetFileName(file)));
        }
    }

    private string Full(string name) => Path.Combine(_folder.Path, name);
}
