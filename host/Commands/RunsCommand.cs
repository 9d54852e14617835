using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml runs: what runs there are.</summary>
internal static class RunsCommand
{
    public static Command Create()
    {
        var command = new Command("runs", "Lists the runs below a folder with their retrieval quality.");
        var folder = new Argument<string>("DIR") { Description = "The folder; runs when not given.", DefaultValueFactory = _ => "runs" };
        command.Arguments.Add(folder);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run((_, _) => Print(arguments.GetValue(folder)!), cancellation)));
        return command;
    }

    private static void Print(string folder)
    {
        var runs = Run.List(folder);
        var root = Path.GetFullPath(folder);
        if (runs.Count == 0)
        {
            Console.WriteLine($"There is no run below {folder}; `dml train CONFIG --out {Path.Combine(folder, "NAME")}` makes one.");
        }
        else
        {
            Console.Write(TextTable.Render(
                ["run", "dataset", "loss", "seed", "R@1", "wrong", "made"], [.. runs.Select(r => Row(r, root))]));
            foreach (var run in runs.Where(r => r.Problem is not null)) Console.WriteLine(run.Problem!.ToSentence(CommandNames.Of));
        }

        CommandOutput.Current.Add("runs", [.. runs.Select(ListedRun.Of)], OutputJson.Default.IReadOnlyListListedRun);
    }

    private static IReadOnlyList<string> Row(RunSummary run, string root) =>
    [
        run.Path == root ? run.Name : Path.GetRelativePath(root, run.Path), run.Dataset, run.Loss,
        run.Dataset.Length > 0 ? run.Seed.ToString(CultureInfo.InvariantCulture) : "",
        run.Quality is { } quality && quality.Recall.TryGetValue(1, out var recall) ? recall.ToString("0.0000", CultureInfo.InvariantCulture) : "",
        run.Quality is { } counted ? $"{counted.Wrong} of {counted.Queries}" : "",
        run.Made.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
    ];
}

/// <summary>A run in the JSON form of the list.</summary>
internal sealed record ListedRun(
    string Path, string Dataset, string Loss, long Seed, double? RecallAt1, int? Wrong, int? Queries, DateTime Made, string? Problem)
{
    public static ListedRun Of(RunSummary run) => new(
        run.Path, run.Dataset, run.Loss, run.Seed, run.Quality?.Recall.TryGetValue(1, out var recall) == true ? recall : null, run.Quality?.Wrong,
        run.Quality?.Queries, run.Made, run.Problem?.ToSentence(CommandNames.Of));
}
