using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Plugins;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml plugins: what there is, and packages of plugins put into the user's folder and taken out again.</summary>
internal static class PluginsCommand
{
    public static Command Create()
    {
        var command = new Command("plugins", "Lists the plugins and what did not load; adds and removes packages of plugins, and checks plugins.");
        var plugins = CommonOptions.Plugins();
        var watch = new Option<string?>("--watch")
        {
            Description = "Lists the plugins of a folder anew after every build in it, until Ctrl-C.",
            HelpName = "DIR",
        };
        var only = new Option<string?>("--only") { Description = "Lists the plugins of this folder and of no other.", HelpName = "DIR" };
        command.Options.Add(plugins);
        command.Options.Add(only);
        command.Options.Add(watch);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, token) =>
            {
                if (arguments.GetValue(watch) is { } folder) PluginWatch.Run(folder, token);
                else Console.Out.Write(PluginTable.Render(Catalog(arguments.GetValue(only), arguments.GetValue(plugins)!)));
            },
            cancellation)));
        command.Subcommands.Add(Add());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Remove());
        command.Subcommands.Add(ConformCommand.PluginsCheck());
        return command;
    }

    private static PluginCatalog Catalog(string? only, string[] folders)
    {
        if (only is null) return PluginCatalog.Load(folders);
        if (!Directory.Exists(only)) throw new DmlException($"{only}: expected a folder with plugins or projects, found none; check the path.");
        return PluginCatalog.LoadFrom([only]);
    }

    private static Command Add()
    {
        var package = new Argument<string>("PACKAGE") { Description = "A .nupkg file, or the name of a package on a NuGet feed: NAME or NAME@VERSION." };
        var sources = new Option<string[]>("--source")
        {
            Description = "A NuGet feed to get the package from, in place of those that NuGet is configured with. Repeatable.",
            HelpName = "FEED",
            DefaultValueFactory = _ => [],
        };
        var command = new Command("add", $"Puts a package of plugins into the user's plugin folder, where every command finds it.") { package, sources };
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                using var fetched = FetchedPackage.Get(arguments.GetValue(package)!, arguments.GetValue(sources)!, progress, token);
                var (added, names) = UserPlugins.Add(fetched.File, PluginCatalog.LoadFrom(PluginFolders.RootsWithoutUser));
                Console.WriteLine($"Added {added} to {UserPlugins.Root}: {string.Join(", ", names)}.");
                NextStep.Say($"dml describe {names[0]}", "shows its options", "add");
            },
            cancellation)));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the packages in the user's plugin folder.");
        command.SetAction((_, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) =>
            {
                var installed = UserPlugins.List();
                Console.Out.Write(installed.Count == 0
                    ? $"No packages of plugins in {UserPlugins.Root}; `dml plugins add PACKAGE` puts one there.\n"
                    : TextTable.Render(["package", "version", "SHA-256"], [.. installed.Select(p => new[] { p.Package, p.Version, p.Sha256 })]));
            },
            cancellation)));
        return command;
    }

    private static Command Remove()
    {
        var package = new Argument<string>("PACKAGE") { Description = "Name of an installed package." };
        var command = new Command("remove", "Takes a package out of the user's plugin folder.") { package };
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) => Console.WriteLine($"Removed {UserPlugins.Remove(arguments.GetValue(package)!)} from {UserPlugins.Root}."), cancellation)));
        return command;
    }
}
