using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Experiments;
using Dml.Engine.Sessions;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml describe and dml schema: what there is to choose from.</summary>
internal static class CatalogCommands
{
    public static Command Describe() => Make(
        "describe", "Shows the options of a plugin or an experiment.", new Argument<string>("NAME") { Description = "Name of a plugin or an experiment." },
        (catalog, name) => Experiment.All.FirstOrDefault(e => e.Name == name) is { } experiment && catalog.Find(name, null, out _) is null
            ? PluginDescription.Render(experiment)
            : PluginDescription.Render(catalog.Get(name)));

    public static Command Schema() => Make(
        "schema", "Prints the JSON Schema of config files, for editors.", null, (catalog, _) => ConfigSchema.Render(catalog, HostSections.All));

    private static Command Make(string verb, string description, Argument<string>? name, Func<PluginCatalog, string, string> render)
    {
        var command = new Command(verb, description);
        if (name is not null) command.Arguments.Add(name);
        var plugins = CommonOptions.Plugins();
        command.Options.Add(plugins);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) => Console.Out.Write(render(PluginCatalog.Load(arguments.GetValue(plugins)!), name is null ? "" : arguments.GetValue(name)!)),
            cancellation)));
        return command;
    }
}
