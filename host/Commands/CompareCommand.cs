using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml compare: which errors one run has and another has not.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var command = new Command("compare", "Compares two runs on the same test items: errors cured and new ones, class by class, with a paired test.");
        var before = new Argument<string>("BEFORE") { Description = "A run folder." };
        var after = new Argument<string>("AFTER") { Description = "Another one." };
        var top = new Option<int>("--top") { Description = "Most items and classes that are printed.", HelpName = "N", DefaultValueFactory = _ => 10 };
        command.Arguments.Add(before);
        command.Arguments.Add(after);
        command.Options.Add(top);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (_, _) =>
            {
                var count = arguments.GetValue(top);
                if (count < 0) throw new DmlException($"--top: expected a number of at least 0, found {count}.");
                using var first = Run.Open(arguments.GetValue(before)!);
                using var second = Run.Open(arguments.GetValue(after)!);
                if (first.Path == second.Path) throw new DmlException(null, "two runs", $"{first.Path} twice", "name another run beside it");
                var comparison = first.CompareWith(second);
                Print(comparison, count);
                CommandOutput.Current.Add("comparison", comparison, OutputJson.Default.RunComparison);
            },
            cancellation)));
        return command;
    }

    private static void Print(RunComparison comparison, int top)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{comparison.Items} test items in both: {comparison.WrongBefore} wrong before, {comparison.WrongAfter} after; "
                + $"R@1 {Recall(comparison, comparison.WrongBefore):0.0000} -> {Recall(comparison, comparison.WrongAfter):0.0000}."));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{comparison.Cured.Count} errors cured, {comparison.New.Count} new; McNemar's exact test: p = {comparison.Test.PValue:0.####}."));
        foreach (var (count, which) in new[] { (comparison.OnlyBefore, "first"), (comparison.OnlyAfter, "second") })
        {
            if (count > 0) Console.WriteLine($"{count} test items of the {which} run alone were left out.");
        }

        Print("Cured", comparison.Cured, top);
        Print("New", comparison.New, top);
        if (comparison.Classes.Count == 0 || top == 0) return;
        Console.WriteLine("Classes that changed most:");
        Console.Write(TextTable.Render(
            ["class", "items", "wrong before", "wrong after"],
            [.. comparison.Classes.Take(top).Select(c => (IReadOnlyList<string>)[c.ClassName, Text(c.Items), Text(c.WrongBefore), Text(c.WrongAfter)])], "  "));
    }

    private static void Print(string title, IReadOnlyList<ChangedItem> items, int top)
    {
        if (items.Count == 0 || top == 0) return;
        Console.WriteLine(items.Count > top ? $"{title} (the first {top} of {items.Count}):" : $"{title}:");
        Console.Write(TextTable.Render(
            ["id", "class", "taken for"],
            [.. items.Take(top).Select(i => (IReadOnlyList<string>)[i.Id, i.ClassName, $"{i.TakenForName} ({i.TakenForId})"])], "  "));
    }

    private static double Recall(RunComparison comparison, int wrong) => 1 - (wrong / (double)comparison.Items);

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
