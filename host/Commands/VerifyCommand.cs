using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Engine.Sessions;
using Dml.Engine.Verification;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml verify: are the scores right?</summary>
internal static class VerifyCommand
{
    private const string AscentOnly = "eif, ascent only";

    public static Command Create()
    {
        var command = new Command("verify", "Holds influence estimators against reality: retrains the head without parts of the training data and compares.");
        var source = ModelSource.AddTo(command);
        var chosen = TargetOptions.AddTo(command);
        var estimators = new Option<string?>("--estimators")
        {
            Description = "Names, separated by commas, each with an option if you like, as if.solver=ekfac; all that are loaded when not given.",
            HelpName = "NAMES",
        };
        var subsets = new Option<int>("--subsets") { Description = "Random subsets of the training data.", HelpName = "N", DefaultValueFactory = _ => 64 };
        var leaveOut = new Option<double>("--leave-out")
        {
            Description = "Share of the training samples that each subset leaves out.",
            HelpName = "SHARE",
            DefaultValueFactory = _ => 0.5,
        };
        var steps = new Option<int>("--steps") { Description = "Updates of a retraining.", HelpName = "N", DefaultValueFactory = _ => 50 };
        var rate = new Option<double>("--learning-rate")
        {
            Description = "Step size of a retraining.",
            HelpName = "RATE",
            DefaultValueFactory = _ => 1e-3,
        };
        var optimizer = new Option<HeadOptimizer>("--optimizer") { Description = "sgd, adam or adamW: how a retraining steps.", HelpName = "NAME" };
        var epsilon = new Option<double?>("--adam-epsilon")
        {
            Description = "What Adam adds to the root that it divides by; 1e-8 when not given. A larger one makes a retraining that replay describes better.",
            HelpName = "NUMBER",
        };
        var batch = new Option<int?>("--batch")
        {
            Description = "Samples of an update, drawn at random; 512 when not given, but batches as in training for a loss that is no mean of samples.",
            HelpName = "N",
        };
        var scratch = new Option<bool>("--from-scratch")
        {
            Description = "Retrains a head drawn anew, the same for all subsets, instead of training the run's further.",
        };
        var proxies = new Option<bool>("--moves-proxies") { Description = "Retrains the proxies too." };
        var orders = new Option<int>("--orders")
        {
            Description = "Orders of batches: every retraining is done in each, and what is compared is the mean of d.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var single = new Option<int>("--leave-one-out")
        {
            Description = "Also leaves out N single samples one at a time: half the most harmful by the estimators, half at random.",
            HelpName = "N",
        };
        var dropped = new Option<string?>("--brittleness")
        {
            Description = "Also drops the K most harmful samples of each error and counts the errors that vanish, for each K, as 1,2,5,10,20.",
            HelpName = "K,K,...",
        };
        var seed = new Option<int>("--verify-seed") { Description = "Decides subsets, batches and resampling.", HelpName = "N" };
        Option[] options = [estimators, subsets, leaveOut, steps, rate, optimizer, epsilon, batch, orders, scratch, proxies, single, dropped, seed];
        foreach (var option in options) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                var settings = new VerifySettings(
                    arguments.GetValue(subsets), arguments.GetValue(leaveOut), arguments.GetValue(steps), arguments.GetValue(rate), arguments.GetValue(batch),
                    arguments.GetValue(seed))
                {
                    Optimizer = arguments.GetValue(optimizer),
                    AdamEpsilon = arguments.GetValue(epsilon),
                    FromScratch = arguments.GetValue(scratch),
                    MovesProxies = arguments.GetValue(proxies),
                    Orders = arguments.GetValue(orders),
                    LeaveOneOut = arguments.GetValue(single),
                    Brittleness = arguments.GetValue(dropped) is { } numbers ? Numbers(numbers) : null,
                }.Checked();
                using var model = source.Open(arguments, withPlugins: true, severalEstimators: true);
                var folder = source.OutputFolder(arguments, model, required: true)!;
                using var held = WriterLock.Take(folder, "verify");
                var targets = chosen.Read(arguments).Choose(model.TestLabels, model.Neighbours, model.TestIds);
                var rows = Rows(arguments.GetValue(estimators), model, source.EstimatorSettings(arguments, model));
                var record = new Verifier(model, targets, settings).Run(rows, progress, token);
                VerifyFiles.Write(folder, record, model.Origin);
                Print(record, folder);
            },
            cancellation)));
        return command;
    }

    /// <summary>EIF is shown with one direction too: how far the two agree says how curved the loss is along the walk.</summary>
    private static List<(string Name, string Plugin, IReadOnlyList<string> Overrides)> Rows(string? asked, Model model, EstimatorSettings settings)
    {
        var known = model.EstimatorNames;
        string[] names = asked is null ? [.. model.ExplainingEstimatorNames]
            : [.. asked.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];
        if (names.Length == 0) throw new DmlException($"--estimators: expected names separated by commas, found none; known are {string.Join(", ", known)}.");
        foreach (var name in names)
        {
            if (!known.Contains(EstimatorVariant.Plugin(name)))
            {
                throw new DmlException($"--estimators: expected names among {string.Join(", ", known)}, found \"{name}\".");
            }

            EstimatorVariant.Require("--estimators", name);
        }

        if (asked is null && known.Except(names).ToArray() is { Length: > 0 } others)
        {
            Console.WriteLine($"Left out, since they take each sample by itself and the loss is no mean of samples: {string.Join(", ", others)}.");
        }

        settings.RequireUsed([.. names.Select(EstimatorVariant.Plugin).Distinct()]);
        return [.. names.SelectMany(n => n == "eif"
            ? new (string, string, IReadOnlyList<string>)[] { (n, n, settings.Of(n)), (AscentOnly, n, [.. settings.Of(n), "estimator.directions=1"]) }
            : [(n, EstimatorVariant.Plugin(n), EstimatorVariant.Overrides(n, settings))])];
    }

    private static int[] Numbers(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries).Select(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new DmlException("brittleness", "whole numbers separated by commas", $"\"{text}\"")),
    ];

    private static void Print(VerifyRecord record, string folder)
    {
        var change = record.MeanRealChange.Average().ToString("0.####", CultureInfo.InvariantCulture);
        if (record.Settings.Orders > 1) Console.WriteLine($"Each retraining was done in {record.Settings.Orders} orders of batches, and d is their mean.");
        Console.WriteLine($"{record.Targets.Count} targets, {record.Settings.Subsets} subsets; retraining changes d by {change} on average.");
        var rows = record.Estimators.OrderByDescending(r => r.Estimator == Verifier.Ceiling).ThenByDescending(r => r.Score)
            .Select(r => (IReadOnlyList<string>)[
                r.Estimator, Number(r.Score), $"{Number(r.Low)} to {Number(r.High)}", r.Seconds.ToString("0.0", CultureInfo.InvariantCulture)]);
        Console.WriteLine(TextTable.Render(["estimator", "score", "95 % interval", "seconds"], [.. rows]));
        foreach (var row in record.Estimators)
        {
            foreach (var note in row.Notes ?? []) Console.WriteLine($"Note: {row.Estimator}: {note}.");
        }

        foreach (var (first, second, correlation) in record.Agreement) Console.WriteLine($"{first} and {second} agree by {Number(correlation)}.");
        if (record.LeaveOneOut is { } single) Print(single);
        if (record.Brittleness is { } brittleness) Print(brittleness, record.Settings.Brittleness!);
        if (record.Recommendation is { } recommendation) Console.WriteLine(recommendation.Text);
        Console.WriteLine($"Wrote {VerifyFiles.Summary} and {VerifyFiles.Table} to {folder}.");
        CommandOutput.Current.AddFile("verify", Path.Combine(folder, VerifyFiles.Summary));
    }

    private static void Print(LeaveOneOutRecord single)
    {
        var change = single.MeanRealChange.Average().ToString("G2", CultureInfo.InvariantCulture);
        Console.WriteLine(
            $"{single.Samples.Count} samples left out one at a time, {single.Harmful} of them harmful ones; that changes d by {change} on average.");
        var rows = single.Estimators.OrderByDescending(r => r.Estimator == Verifier.Ceiling).ThenByDescending(r => r.Score)
            .Select(r => (IReadOnlyList<string>)[r.Estimator, Number(r.Score), $"{Number(r.Low)} to {Number(r.High)}"]);
        Console.WriteLine(TextTable.Render(["estimator", "leave-one-out", "95 % interval"], [.. rows]));
    }

    private static void Print(BrittlenessRecord brittleness, IReadOnlyList<int> dropped)
    {
        Console.WriteLine(
            $"{brittleness.Wrong} of {brittleness.Errors} errors are left after retraining with all samples; share that vanishes without the K most harmful:");
        if (brittleness.Rows.Count == 0) return;
        var rows = brittleness.Rows.GroupBy(r => r.Estimator)
            .Select(g => (IReadOnlyList<string>)[g.Key, .. g.Select(r => $"{Share(r.Cured)} ({Share(r.Low)} to {Share(r.High)})")]);
        Console.WriteLine(TextTable.Render(["dropped", .. dropped.Select(k => k.ToString(CultureInfo.InvariantCulture))], [.. rows]));
    }

    private static string Share(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
