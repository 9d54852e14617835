using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Engine.Runs;
using Dml.Host.Terminal;
using Dml.Numerics;
using TorchSharp;

namespace Dml.Host.Commands;

/// <summary>dml confusions: the retrieval errors of the test split.</summary>
internal static class ConfusionsCommand
{
    public static Command Create()
    {
        var command = new Command("confusions", "Finds the wrong test items and the groups of classes that are confused.");
        var source = ModelSource.AddTo(command);
        var groups = new Option<int>("--groups") { Description = "Number of confusion groups.", HelpName = "N", DefaultValueFactory = _ => 10 };
        command.Options.Add(groups);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) =>
            {
                if (arguments.GetValue(groups) is var count and < 0) throw new DmlException($"--groups: expected a number of at least 0, found {count}.");
                using var model = source.Open(arguments, withPlugins: false);
                var folder = source.OutputFolder(arguments, model, required: false);
                using var held = folder is null ? null : WriterLock.Take(folder, "confusions");
                Find(model, arguments.GetValue(groups), folder);
            },
            cancellation)));
        return command;
    }

    /// <summary>Finds, prints, and writes confusions.json where there is a folder.</summary>
    public static void Find(Model model, int groupCount, string? folder)
    {
        var wrong = ConfusionFinder.WrongPairs(model.TestLabels, model.Neighbours);
        var groups = ConfusionFinder.Groups(model.TestLabels, wrong, groupCount);
        int[] lone = [.. wrong.Select(p => p.Anchor).Where(model.Names.IsLone)];
        var record = new ConfusionsRecord(model.Features.TestCount, [.. wrong.Select(Indices)], [.. groups.Select(g => Record(model, g))])
        {
            WrongIds = Ids(model, wrong),
            Lone = lone.Length > 0 ? lone : null,
            Origin = model.Origin,
        };
        Console.WriteLine($"{wrong.Count} of {record.TestItems} test items are nearest to an item of another class.");
        if (lone.Length > 0)
        {
            var first = model.Names.Test(lone[0]);
            Console.WriteLine($"{lone.Length} of them are the only test item of their class, so that no model gets them right, first {first}.");
        }

        foreach (var group in record.Groups)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{group.Name} ({group.ClassName}): {group.WrongCount} wrong, {group.Pairs.Count} "
                    + $"of them taken for {string.Join(", ", group.ConfusedNames!)}, d = {group.Distance:0.####}"));
        }

        if (folder is null) return;
        var path = new RunFolder(folder).Confusions;
        record.Write(path);
        Console.WriteLine($"Wrote {Path.GetFileName(path)} to {folder}.");
        CommandOutput.Current.AddFile("confusions", path);
        if (wrong.Count == 0 || model.Run is not { } run) return;
        NextStep.Say($"dml influence {NextStep.Shown(run)}", "tells which training samples cause them", "confusions");
    }

    private static GroupRecord Record(Model model, ConfusionGroup group)
    {
        using var scope = torch.NewDisposeScope();
        var features = model.Features;
        var distance = ConfusionDistance.Of(group.Confusion, features.TestFeatures, features.HeadWeight, features.HeadBias);
        return new(
            group.Confusion.Name, group.Label, group.WrongCount, group.ConfusedWith, distance.Evaluate(distance.Embeddings),
            [.. group.Confusion.Pairs.Select(Indices)])
        {
            ClassName = model.ClassName(group.Label),
            ConfusedNames = [.. group.ConfusedWith.Select(model.ClassName)],
            Ids = Ids(model, group.Confusion.Pairs),
        };
    }

    private static int[] Indices(TestPair pair) => [pair.Anchor, pair.Neighbour];

    private static string[][] Ids(Model model, IEnumerable<TestPair> pairs) =>
        [.. pairs.Select(p => new[] { model.TestIds[p.Anchor], model.TestIds[p.Neighbour] })];
}
