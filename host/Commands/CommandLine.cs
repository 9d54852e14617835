using System.CommandLine;

namespace Dml.Host.Commands;

/// <summary>The command line of dml.</summary>
internal static class CommandLine
{
    public static RootCommand Create() => new("Trains embedding models, finds their retrieval errors and tells which training samples cause them.")
    {
        DemoCommand.Create(),
        TrainCommand.Create(),
        EvaluateCommand.Create(),
        ConfusionsCommand.Create(),
        InfluenceCommand.Create(),
        MislabelCommand.Create(),
        ReportCommand.Create(),
        CatalogCommands.Plugins(),
        CatalogCommands.Describe(),
        CatalogCommands.Schema(),
    };

    /// <summary>Runs the command line; Ctrl-C cancels the command and waits for it to clean up.</summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments) =>
        Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
}
