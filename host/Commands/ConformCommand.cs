using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Engine.Plugins;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml conform and dml plugins check: do plugins keep their contracts?</summary>
internal static class ConformCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of plugins.", Arity = ArgumentArity.OneOrMore };
        var command = new Command(
            "conform", "Holds plugins to their contracts: gradients, shapes, dtypes, determinism, leaks, and whether influence can explain a loss.") { names };
        var plugins = CommonOptions.Plugins();
        command.Options.Add(plugins);
        return Complete(command, arguments =>
        {
            var catalog = PluginCatalog.Load(arguments.GetValue(plugins)!);
            return (catalog, [.. arguments.GetValue(names)!.Select(catalog.Get)]);
        });
    }

    public static Command PluginsCheck()
    {
        var path = new Argument<string>("PATH") { Description = "A plugin's DLL, the folder of a build or of a project, or a plugin root." };
        return Complete(
            new("check", "Holds the plugins of a DLL or a folder to their contracts, without a test project.") { path },
            arguments => Below(arguments.GetValue(path)!));
    }

    private static (PluginCatalog Catalog, IReadOnlyList<LoadedPlugin> Plugins) Below(string path)
    {
        var isFile = File.Exists(path);
        var folder = Path.GetFullPath(isFile ? Path.GetDirectoryName(Path.GetFullPath(path))! : path);
        if (!Directory.Exists(folder)) throw new DmlException($"{path}: expected a plugin's DLL, or a folder with plugins, found nothing; check the path.");
        var catalog = PluginCatalog.Load([folder]);
        var failure = catalog.Failures.FirstOrDefault(f => IsBelow(f.File, folder));
        if (failure is not null) throw new DmlException(failure.Message);
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var candidates = catalog.Plugins.Where(p => !IsBelow(p.File, own) || IsBelow(folder, own));
        List<LoadedPlugin> found = [.. candidates.Where(p => isFile ? Path.GetFullPath(p.File) == Path.GetFullPath(path) : IsBelow(p.File, folder))];
        return found.Count > 0
            ? (catalog, found)
            : throw new DmlException($"{path}: expected plugins, found none; give a plugin's own DLL with its deps.json beside it.");
    }

    private static bool IsBelow(string file, string folder) =>
        $"{Path.GetFullPath(file)}/".StartsWith($"{Path.TrimEndingDirectorySeparator(folder)}/", StringComparison.Ordinal);

    private static Command Complete(Command command, Func<ParseResult, (PluginCatalog Catalog, IReadOnlyList<LoadedPlugin> Plugins)> find)
    {
        var set = CommonOptions.Set();
        var imageSize = new Option<int>("--image-size")
        {
            Description = "Size of the images that a backbone is tried with, in pixels.",
            HelpName = "N",
            DefaultValueFactory = _ => PluginConformance.ImageSize,
        };
        command.Options.Add(set);
        command.Options.Add(imageSize);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                NativeTorch.EnsureLoaded();
                var (catalog, plugins) = find(arguments);
                if (arguments.GetValue(set)!.FirstOrDefault(s => !plugins.Any(p => PluginConformance.IsMeantFor(s, p))) is { } stray)
                {
                    throw new DmlException($"--set {stray}: expected an option of a plugin that is tried, with the kind before it as in a config, "
                        + $"such as {PluginSections.Key(plugins[0].Kind)}.{stray}; correct the path.");
                }

                var suite = new PluginConformance(catalog, arguments.GetValue(set)!, arguments.GetValue(imageSize));
                var outcomes = new List<ConformanceOutcome>();
                foreach (var plugin in plugins)
                {
                    token.ThrowIfCancellationRequested();
                    progress.Report(new("conformance", outcomes.Count, plugins.Count));
                    outcomes.Add(suite.Check(plugin));
                    Console.WriteLine(Line(outcomes[^1]));
                }

                End(outcomes);
            },
            cancellation)));
        return command;
    }

    private static string Line(ConformanceOutcome outcome)
    {
        var (plugin, seconds) = ($"{outcome.Plugin.Name} ({PluginSections.Key(outcome.Plugin.Kind)})", outcome.Time.TotalSeconds);
        return outcome.Conformity switch
        {
            Conformity.Kept => string.Create(CultureInfo.InvariantCulture, $"{plugin} keeps its contract ({seconds:0.0} s)."),
            Conformity.Broken => $"{plugin} breaks its contract. {outcome.Sentence}",
            _ => $"{plugin} was not tried. {outcome.Sentence}",
        };
    }

    private static void End(IReadOnlyList<ConformanceOutcome> outcomes)
    {
        var (broken, untried) = (outcomes.Count(o => o.Conformity == Conformity.Broken), outcomes.Count(o => o.Conformity == Conformity.Unknown));
        if (broken > 0) throw new DmlException($"{Count(broken, outcomes)} {(broken == 1 ? "breaks its contract" : "break their contracts")}.");
        if (untried == 0) return;
        throw new DmlException($"{Count(untried, outcomes)} {(untried == 1 ? "was" : "were")} not tried, for the reason above; give options with --set.");
    }

    private static string Count(int some, IReadOnlyList<ConformanceOutcome> all) => all.Count == 1 ? "The plugin" : $"{some} of {all.Count} plugins";
}
