using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml neighbours: what lies near an image.</summary>
internal static class NeighboursCommand
{
    public static Command Create()
    {
        var command = new Command("neighbours", "Shows what lies nearest to images: items of the run by their ids, or image files from anywhere.");
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        var images = new Argument<string[]>("IMAGE") { Description = "Ids of the run or image files.", Arity = ArgumentArity.OneOrMore };
        var count = new Option<int>("--k") { Description = "Most neighbours of each.", HelpName = "K", DefaultValueFactory = _ => 10 };
        var among = new Option<string>("--among") { Description = "The split that is searched: test or training.", DefaultValueFactory = _ => "test" };
        among.AcceptOnlyFromAmong("test", "training");
        var plugins = CommonOptions.Plugins();
        command.Arguments.Add(run);
        command.Arguments.Add(images);
        foreach (var option in new Option[] { count, among, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, token) =>
            {
                var k = arguments.GetValue(count);
                if (k < 1) throw new DmlException($"--k: expected a number of at least 1, found {k}.");
                CommonOptions.RefuseOptions(arguments.GetValue(images)!);
                using var opened = Run.Open(arguments.GetValue(run)!, PluginCatalog.Load(arguments.GetValue(plugins)!));
                var split = arguments.GetValue(among) == "training" ? Split.Training : Split.Test;
                List<Retrieval> found = [];
                foreach (var image in arguments.GetValue(images)!)
                {
                    token.ThrowIfCancellationRequested();
                    found.Add(opened.Retrieve(image, k, split));
                    Print(found[^1]);
                }

                CommandOutput.Current.Add("retrievals", found, OutputJson.Default.IReadOnlyListRetrieval);
            },
            cancellation)));
        return command;
    }

    /// <summary>The image in one line and its neighbours as a table.</summary>
    public static void Print(Retrieval retrieval)
    {
        Console.WriteLine(retrieval.Query + (retrieval.ClassName is { } name ? $" ({name})" : "") + Verdict(retrieval));
        Console.Write(TextTable.Render(
            ["", "distance", "class", "id"],
            [.. retrieval.Neighbours.Index().Select(n => (IReadOnlyList<string>)
            [
                Rank(retrieval, n.Index), n.Item.Distance.ToString("0.0000", CultureInfo.InvariantCulture), n.Item.ClassName, n.Item.Id,
            ])],
            "  "));
    }

    private static string Verdict(Retrieval retrieval) => retrieval switch
    {
        { IsLone: true } => ": no other item of its class is among those searched",
        { IsRight: true } => ": right, its nearest neighbour has its class",
        { IsRight: false } => ": wrong, its nearest neighbour has another class",
        _ => "",
    };

    private static string Rank(Retrieval retrieval, int rank) => string.Create(
        CultureInfo.InvariantCulture, $"{rank + 1}{(retrieval.Label is { } label ? retrieval.Neighbours[rank].Label == label ? " right" : " wrong" : "")}");
}
