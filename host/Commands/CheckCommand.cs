using System.CommandLine;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>dml check: is a run whole?</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Tells of every file of a run whether it is sound, and whether results belong to what the run holds now.");
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        command.Arguments.Add(run);
        command.SetAction(
            (arguments, cancellation) => Task.FromResult(CommandRunner.Run((_, _) => Check(RunFolder.Open(arguments.GetValue(run)!)), cancellation)));
        return command;
    }

    /// <summary>One line a file; that the run is not whole is an error.</summary>
    private static void Check(RunFolder run)
    {
        NativeTorch.EnsureLoaded();
        var files = RunCheck.Of(run);
        foreach (var file in files)
        {
            var state = file.Problem is { } problem ? problem.ToSentence(CommandNames.Of) : file.Note is { } note ? $"sound ({note})" : "sound";
            Console.WriteLine($"{file.Name}: {state.TrimEnd('.')}");
        }

        string[] bad = [.. files.Where(f => f.Problem is not null).Select(f => f.Name)];
        if (bad.Length > 0)
        {
            throw new DmlException($"Expected a whole run in {run.Path}, found {bad.Length} of {files.Count} files that are not ({string.Join(", ", bad)}); "
                + "the lines above say what to do.");
        }
    }
}
