using System.CommandLine;

namespace Dml.Host.Commands;

/// <summary>The command line of dml.</summary>
internal static class CommandLine
{
    public static RootCommand Create() => new("Trains embedding models, finds their retrieval errors and tells which training samples cause them.")
    {
        DemoCommand.Create(),
        TrainCommand.Create(),
        ImportCommand.Create(),
        EvaluateCommand.Create(),
        ConfusionsCommand.Create(),
        InfluenceCommand.Create(),
        MergeCommand.Create(),
        VerifyCommand.Create(),
        MislabelCommand.Create(),
        ExperimentCommand.Create(),
        ReportCommand.Create(),
        ExportCommand.Create(),
        CatalogCommands.Plugins(),
        CatalogCommands.Describe(),
        CatalogCommands.Schema(),
    };

    /// <summary>Runs the command line; Ctrl-C cancels the command and waits for it to clean up.</summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var parsed = Create().Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Tokens.Count > 0)
        {
            // One line a mistake, not the whole help.
            foreach (var message in parsed.Errors.Select(e => e.Message).Distinct()) Console.Error.WriteLine(message);
            Console.Error.WriteLine($"`dml {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help` lists what can be given.");
            return Task.FromResult(CommandRunner.UserError);
        }

        return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
    }
}
