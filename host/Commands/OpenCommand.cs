using System.CommandLine;
using Dml.Engine;
using Dml.Explorer;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml open: the explorer of a run, in a browser.</summary>
internal static class OpenCommand
{
    public static Command Create()
    {
        var command = new Command(
            "open", "Opens the explorer of a run in a browser: its errors, their causes, suspicious labels, and what changing them is worth.");
        var run = new Argument<string?>("RUN") { Description = "A run folder.", Arity = ArgumentArity.ZeroOrOne };
        var features = new Option<string?>("--features")
        {
            Description = "Features, with their head or without, in place of RUN: they become a run at --out, which is opened.",
            HelpName = "FILE|DIR",
        };
        var loss = new Option<string?>("--loss") { Description = "With --features: the loss of their head, or that a head is fitted with.", HelpName = "NAME" };
        var output = CommonOptions.Out("With --features: the run folder.");
        var overwrite = CommonOptions.Overwrite();
        var port = new Option<int>("--port") { Description = "The port; a free one when not given.", HelpName = "N" };
        var host = new Option<string>("--host")
        {
            Description = "Where it listens; other addresses than 127.0.0.1 let other machines in and need --token.",
            HelpName = "NAME",
            DefaultValueFactory = _ => new ExplorerOptions().Host,
        };
        var token = new Option<string?>("--token") { Description = "The secret that requests must show; a random one when not given.", HelpName = "TEXT" };
        var plugins = CommonOptions.Plugins();
        command.Arguments.Add(run);
        foreach (var option in new Option[] { features, loss, output, overwrite, port, host, token, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, stopped) =>
            {
                var (given, file) = (arguments.GetValue(run), arguments.GetValue(features));
                FeatureRun.RequireOne(given, file);
                if (given is not null) FeatureRun.RefuseOptions(arguments, loss, output, overwrite);
                else
                {
                    var name = arguments.GetValue(loss) ?? throw new DmlException("--loss: expected the loss of the head, found nothing; give --loss NAME.");
                    given = arguments.GetValue(output) ?? throw new DmlException("--out: expected a folder for the run, found nothing; give --out DIR.");
                    FeatureRun.AdoptOrFit(file!, name, given, arguments.GetValue(overwrite), arguments.GetValue(plugins)!, progress, stopped);
                }

                using var opened = Run.Open(given, () => PluginCatalog.Load(arguments.GetValue(plugins)!));
                foreach (var warning in opened.Model.Warnings) WriterLock.Warn(warning);
                var options = new ExplorerOptions
                {
                    Host = arguments.GetValue(host)!,
                    Port = arguments.GetValue(port),
                    Token = arguments.GetValue(token),
                    Mentions = CommandNames.Of,
                };
                Serve(opened, options, stopped).GetAwaiter().GetResult();
            },
            cancellation)));
        return command;
    }

    private static async Task Serve(Run run, ExplorerOptions options, CancellationToken stopped)
    {
        await using var server = await ExplorerServer.StartAsync(run, options);
        CommandOutput.Current.TellAtOnce($"The explorer of {run.Name} is at {server.Entrance}", "address", $"{server.Entrance}");
        Console.WriteLine("Ctrl-C ends it; decisions are kept in review.jsonl of the run.");
        try
        {
            await Task.Delay(Timeout.Infinite, stopped);
        }
        catch (OperationCanceledException)
        {
            // This is how it ends.
        }
    }
}
