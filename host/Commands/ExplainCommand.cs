using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml explain: one test item, its error and the causes of it.</summary>
internal static class ExplainCommand
{
    private const int Neighbours = 5;

    public static Command Create()
    {
        var command = new Command("explain", "Explains a wrong test item: its neighbours and the training samples that cause the error, by name.");
        var run = new Argument<string>("RUN") { Description = "A run folder." };
        var id = new Argument<string>("ID") { Description = "Id of a test item." };
        var with = new Option<string?>("--with")
        {
            Description = "Id of the test item of another class that it is confused with; the nearest neighbour when not given.",
            HelpName = "ID",
        };
        var estimator = new Option<string?>("--estimator") { Description = "The influence estimator; the config's, or eif.", HelpName = "NAME" };
        var top = new Option<int>("--top") { Description = "Most harmful and most helpful samples.", HelpName = "N", DefaultValueFactory = _ => 10 };
        var plugins = CommonOptions.Plugins();
        command.Arguments.Add(run);
        command.Arguments.Add(id);
        foreach (var option in new Option[] { with, estimator, top, plugins }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var count = arguments.GetValue(top);
                if (count < 1) throw new DmlException($"--top: expected a number of at least 1, found {count}.");
                using var opened = Run.Open(arguments.GetValue(run)!, PluginCatalog.Load(arguments.GetValue(plugins)!));
                var item = opened.Model.Retrieve(arguments.GetValue(id)!, Neighbours);
                if (item.Split != Split.Test)
                {
                    throw new DmlException($"Expected the id of a test item, found the training sample {item.Query}; "
                        + $"`dml neighbours {arguments.GetValue(run)} {item.Query}` shows what lies near it.");
                }

                NeighboursCommand.Print(item);
                CommandOutput.Current.Add("retrievals", [item], OutputJson.Default.IReadOnlyListRetrieval);
                var other = arguments.GetValue(with) ?? (item.IsRight == false ? item.Neighbours[0].Id : null);
                if (other is null)
                {
                    Console.WriteLine("There is no error to explain; --with ID explains how near it lies to an item of another class.");
                    return;
                }

                Explain(opened.Model, opened.Model.Confusions.Of(item.Query, other), arguments.GetValue(estimator), count, progress, token);
            },
            cancellation)));
        return command;
    }

    private static void Explain(
        Model model, Confusion confusion, string? estimator, int top, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        using var explanation = model.Explain([confusion], estimator, progress: progress, cancellationToken: cancellationToken);
        Console.WriteLine($"Explained by {explanation.Estimator}: {explanation.Describe(confusion)}");
        var (harmful, helpful) = (explanation.MostHarmful(confusion, top), explanation.MostHelpful(confusion, top));
        Print(explanation.IsSigned ? "Most harmful: training on them makes the error worse" : "Most relevant", harmful);
        if (explanation.IsSigned) Print("Most helpful: training on them works against the error", helpful);
        if (explanation.Note is { } note) Console.WriteLine($"Note: {note}");
        CommandOutput.Current.Add("causes", new(explanation.Estimator, confusion.Name, harmful, helpful), OutputJson.Default.NamedCauses);
    }

    private static void Print(string title, IReadOnlyList<Cause> causes)
    {
        Console.WriteLine(causes.Count == 0 ? $"{title}: none." : $"{title}:");
        if (causes.Count == 0) return;
        Console.Write(TextTable.Render(
            ["harm", "label", "id"],
            [.. causes.Select(c => (IReadOnlyList<string>)[c.Harm.ToString("0.###e+0", CultureInfo.InvariantCulture), c.ClassName, c.Id])], "  "));
    }
}

/// <summary>The causes of one error in JSON form.</summary>
/// <param name="Estimator">Plugin name.</param>
/// <param name="Confusion">What was explained.</param>
/// <param name="Harmful">Most harmful first; of an estimator without a sign, most relevant first.</param>
/// <param name="Helpful">Most helpful first.</param>
internal sealed record NamedCauses(string Estimator, string Confusion, IReadOnlyList<Cause> Harmful, IReadOnlyList<Cause> Helpful);
