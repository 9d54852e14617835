using Dml.Engine.Plugins;
using Dml.Engine.Training;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>Runs a command and turns what goes wrong into a sentence and an exit code.</summary>
internal static class CommandRunner
{
    /// <summary>Wrong input: config, files, arguments.</summary>
    public const int UserError = 1;

    /// <summary>A defect of the program.</summary>
    public const int Defect = 70;

    /// <summary>Stopped by Ctrl-C, as shells number it.</summary>
    public const int Stopped = 130;

    /// <summary>Stopped by SIGTERM, as shells number it.</summary>
    public const int Terminated = 143;

    /// <summary>Environment variable that asks for the stack trace below the sentence about a plugin, for its author.</summary>
    private const string TraceVariable = "DML_TRACE";

    /// <summary>Follows a sentence about a name that no plugin has, nor any like it.</summary>
    private const string WhereToLook = " A plugin of your own is found by --plugins DIR, or once `dml plugins add PACKAGE` has installed it.";

    /// <summary>Runs.</summary>
    /// <param name="command">The work; gets progress and cancellation.</param>
    /// <param name="cancellationToken">Set by Ctrl-C and SIGTERM.</param>
    public static int Run(Action<IProgress<ProgressReport>, CancellationToken> command, CancellationToken cancellationToken)
    {
        using var progress = ConsoleProgress.ForStandardError();
        IProgress<ProgressReport> shown = CommandOutput.Current.ShowsProgress ? progress : new RemarksAlone(progress);
        try
        {
            command(shown, cancellationToken);
            return 0;
        }
        catch (Exception error)
        {
            progress.Dispose();
            return Explain(error, cancellationToken);
        }
    }

    private static int Explain(Exception error, CancellationToken cancellationToken)
    {
        switch (error)
        {
            case AggregateException { InnerExceptions: [var first, ..] }:
                return Explain(first, cancellationToken);
            case DmlException mistake:
                CommandOutput.Current.Fail(mistake.ToSentence(CommandNames.Of) + (UnknownPlugin.IsIn(mistake) ? WhereToLook : ""));
                return UserError;
            case TrainingStoppedException stopped:
                CommandOutput.Current.Fail(stopped.Sentence.ToString(CommandNames.Of));
                return Stopped;
            case OperationCanceledException when cancellationToken.IsCancellationRequested:
                CommandOutput.Current.Fail("Stopped; nothing half-written was left behind.");
                return Stopped;
            case var _ when PluginFault.Of(error) is { } fault:
                CommandOutput.Current.Fail(fault.Message);
                if (Environment.GetEnvironmentVariable(TraceVariable) is { Length: > 0 }) Console.Error.WriteLine(error);
                return UserError;
            default:
                CommandOutput.Current.Fail($"This is a defect of dml, please report it: {error}");
                return Defect;
        }
    }
}
