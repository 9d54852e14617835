using System.CommandLine;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>The command line of dml.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON document: what the command found, and its lines.",
        Recursive = true,
    };

    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Print nothing but warnings and errors.", Recursive = true };

    public static RootCommand Create() => new("Trains embedding models, finds their retrieval errors and tells which training samples cause them.")
    {
        Json,
        Quiet,
        DemoCommand.Create(),
        TrainCommand.Create(),
        FitCommand.Create(),
        ImportCommand.Create(),
        EvaluateCommand.Create(),
        ConfusionsCommand.Create(),
        NeighboursCommand.Create(),
        ExplainCommand.Create(),
        InfluenceCommand.Create(),
        MergeCommand.Create(),
        VerifyCommand.Create(),
        BenchmarkCommand.Create(),
        MislabelCommand.Create(),
        FixCommand.Create(),
        AuditCommand.Create(),
        ExperimentCommand.Create(),
        ReportCommand.Create(),
        OpenCommand.Create(),
        CheckCommand.Create(),
        RunsCommand.Create(),
        CompareCommand.Create(),
        EmbedCommand.Create(),
        ExportCommand.Create(),
        PluginsCommand.Create(),
        CatalogCommands.Describe(),
        CatalogCommands.Schema(),
        ConformCommand.Create(),
        CompletionCommand.Create(),
    };

    /// <summary>Runs the command line; Ctrl-C and SIGTERM stop the command and wait for it to clean up.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        using var signals = new TerminationSignals();
        return await RunAsync(arguments, signals);
    }

    /// <summary>Runs the command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="signals">What stops it.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TerminationSignals signals)
    {
        var parsed = Create().Parse(arguments);
        using var output = CommandOutput.Begin(parsed.CommandResult.Command.Name, Form(parsed));
        if ((parsed.Errors.Count > 0 && parsed.Tokens.Count > 0) || ParseMistakes.SwallowedOption(parsed) is not null)
        {
            // One line a mistake, not the whole help.
            return Refuse(
                output, [.. ParseMistakes.Of(parsed), $"`{ParseMistakes.Called(parsed.CommandResult.Command)} --help` lists what can be given."]);
        }

        if (EmptyValueOf(parsed) is { } empty)
        {
            return Refuse(output, [$"{empty}: expected a value, found an empty text; give one (a variable of the shell may not be set)."]);
        }

        // No time limit means that the library leaves signals alone: its own handler aborts at the second one.
        var exitCode = await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, signals.Token);
        if (exitCode == CommandRunner.Stopped) exitCode = signals.ExitCode;
        output.End(exitCode);
        return exitCode;
    }

    private static int Refuse(CommandOutput output, IReadOnlyList<string> sentences)
    {
        output.Fail(string.Join(Environment.NewLine, sentences));
        output.End(CommandRunner.UserError);
        return CommandRunner.UserError;
    }

    /// <summary>The option or argument that was given as an empty text, which means something to --prefix alone; null for none.</summary>
    private static string? EmptyValueOf(ParseResult parsed) => parsed.CommandResult.Children
        .Where(child => child.Tokens.Any(token => token.Value.Length == 0))
        .Select(child => child switch
        {
            System.CommandLine.Parsing.OptionResult option => option.Option.Name,
            System.CommandLine.Parsing.ArgumentResult argument => argument.Argument.Name,
            _ => null,
        })
        .FirstOrDefault(name => name is not null and not "--prefix");

    private static OutputForm Form(ParseResult parsed) =>
        parsed.GetValue(Json) ? OutputForm.Json : parsed.GetValue(Quiet) ? OutputForm.Quiet : OutputForm.Lines;
}
