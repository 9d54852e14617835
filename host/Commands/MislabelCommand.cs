using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dml.Engine;
using Dml.Engine.Explaining;
using Dml.Engine.Runs;
using Dml.Host.Terminal;
using Dml.Numerics;
using TorchSharp;

namespace Dml.Host.Commands;

/// <summary>dml mislabel: ranks training samples by how likely they are mislabelled.</summary>
internal static class MislabelCommand
{
    private const int DefaultGroups = 10;
    private const int Printed = 10;
    private const int WithNeighbours = 200;
    private const int NeighboursShown = 3;
    private const string DefaultScorer = "consensus";

    public static Command Create()
    {
        var command = new Command(
            "mislabel", "Ranks training samples by suspicion of a wrong label and suggests another; needs neither errors nor known noise.");
        var source = ModelSource.AddTo(command);
        var groups = new Option<int>("--groups")
        {
            Description = "Ranks by harm on this many confusion groups, in place of a scorer.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultGroups,
        };
        var aggregate = Aggregate();
        var scorer = new Option<string?>("--scorer")
        {
            Description = $"The training scorer that ranks; {DefaultScorer} where neither estimator, groups nor aggregate is given.",
            HelpName = "NAME",
        };
        var (precision, checkpoints) = (CommonOptions.Precision(), CommonOptions.Checkpoints());
        foreach (var option in new Option[] { groups, aggregate, scorer, checkpoints, precision }) command.Options.Add(option);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                if (arguments.GetValue(groups) is var count and < 1) throw new DmlException($"--groups: expected a number of at least 1, found {count}.");
                var chosen = arguments.GetValue(scorer);
                if (chosen is not null) RefuseOptionsOfGroups(arguments, groups, aggregate);
                else if (!source.NamesEstimator(arguments) && !Given(arguments, groups) && !Given(arguments, aggregate)) chosen = DefaultScorer;
                using var model = source.Open(arguments, withPlugins: true, scorer: chosen);
                model.ReadCheckpoints(arguments.GetValue(checkpoints) is { Length: > 0 } files ? files : model.Run?.Moments ?? []);
                var folder = source.OutputFolder(arguments, model, required: true)!;
                using var held = WriterLock.Take(folder, "mislabel");
                var dtype = CommonOptions.ParsePrecision(arguments.GetValue(precision)!);
                if (chosen is null) Detect(model, arguments.GetValue(groups), ParseAggregate(arguments.GetValue(aggregate)!), dtype, folder, progress, token);
                else Rank(model, dtype, folder, progress, token);
            },
            cancellation)));
        return command;
    }

    public static Option<string> Aggregate()
    {
        var option = new Option<string>("--aggregate")
        {
            Description = "How suspicion is formed. mean: of harm / ||harm|| over the groups; top1: harm on the worst group (the published choice).",
            DefaultValueFactory = _ => "mean",
        };
        option.AcceptOnlyFromAmong("mean", "top1");
        return option;
    }

    public static HarmAggregate ParseAggregate(string name) => name == "top1" ? HarmAggregate.Top1 : HarmAggregate.Mean;

    /// <summary>What has no effect beside --scorer is refused rather than passed over.</summary>
    private static void RefuseOptionsOfGroups(ParseResult arguments, params IReadOnlyList<Option> options)
    {
        foreach (var option in options)
        {
            if (Given(arguments, option))
            {
                throw new DmlException($"{option.Name}: expected it without --scorer, which ranks without confusion groups, found both; give one of them.");
            }
        }
    }

    private static bool Given(ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    /// <summary>Ranks by the harm on confusion groups, prints and writes mislabel.json.</summary>
    public static void Detect(
        Model model, int groupCount, HarmAggregate aggregate, torch.ScalarType precision, string folder, IProgress<ProgressReport> progress,
        CancellationToken cancellationToken)
    {
        var targets = new TargetSelection { Groups = groupCount }.Choose(model.TestLabels, model.Neighbours);
        using var result = model.Influence(targets, precision, progress, cancellationToken);
        if (!result.Signed)
        {
            throw new DmlException($"--estimator: expected one whose scores have a sign, found {result.Estimator}, which scores relevance; "
                + "a wrong label shows by harm, so choose another, for example eif.");
        }

        var scores = MislabelDetection.Suspicion([.. targets.Select((_, row) => result.HarmOf(row))], aggregate);
        foreach (var note in result.Notes) Console.WriteLine($"Note: {note}");
        Write(model, scores, folder, ranking =>
        {
            using var settings = JsonDocument.Parse(result.EstimatorSettings);
            return new(
                result.Estimator, settings.RootElement.Clone(), Name(precision), aggregate == HarmAggregate.Mean ? "mean" : "top1", targets.Count, ranking)
            {
                LossIsMeanOfSamples = result.LossIsMeanOfSamples,
            };
        }, cancellationToken);
    }

    /// <summary>Ranks by a scorer, prints and writes mislabel.json.</summary>
    private static void Rank(Model model, torch.ScalarType precision, string folder, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var scores = model.Suspicion(precision, progress, cancellationToken);
        Write(model, scores.Values, folder, ranking =>
        {
            using var settings = JsonDocument.Parse(scores.Settings);
            return new(scores.Scorer, settings.RootElement.Clone(), Name(precision), "scorer", 0, ranking) { LossIsMeanOfSamples = scores.LossIsMeanOfSamples };
        }, cancellationToken);
    }

    private static void Write(
        Model model, double[] scores, string folder, Func<IReadOnlyList<SuspectRecord>, MislabelRecord> record, CancellationToken cancellationToken)
    {
        var known = model.Dataset?.Mislabelled ?? [];
        var detection = known.Count == 0 ? null : Record(MislabelDetection.Curve(scores, known));
        var suspects = model.Suspects(scores, cancellationToken);
        var speaking = model.SpeakingFor([.. suspects.Take(WithNeighbours)], cancellationToken: cancellationToken);
        var knownSet = known.Count == 0 ? null : known.ToHashSet();
        var ranking = suspects.Select((s, place) => new SuspectRecord(s.Index, s.Id, (int)s.Label, s.Suspicion, knownSet?.Contains(s.Index))
        {
            Suggested = (int)s.SuggestedLabel,
            Confidence = s.Confidence,
            Neighbours = place < speaking.Count ? [.. speaking[place].Select(n => n.Index)] : null,
        });
        var made = record([.. ranking]) with { Detection = detection, Origin = model.Origin };
        var run = new RunFolder(folder);
        foreach (var path in new[] { run.MislabelOf(made.Estimator), run.Mislabel }) made.Write(path);
        Console.WriteLine(Judged(detection, scores.Length));
        Console.Write(Table(model, [.. suspects.Take(Printed)], speaking));
        CommandOutput.Current.AddFile("mislabel", run.Mislabel);
        Console.WriteLine($"Wrote {Path.GetFileName(run.MislabelOf(made.Estimator))} and {Path.GetFileName(run.Mislabel)} to {folder}.");
        if (model.Run is { } ranked) NextStep.Say($"dml fix {NextStep.Shown(ranked)}", "tells which of these changes are worth making", "mislabel");
    }

    private static string Judged(DetectionRecord? detection, int samples) => detection is null
        ? $"Ranked {samples} training samples by suspicion; this run has no known label noise, so there is no curve to judge the ranking by."
        : string.Create(CultureInfo.InvariantCulture,
            $"Mislabelled found: {detection.RecallAt5:P0} at 5 % checked, {detection.RecallAt10:P0} at 10 %, {detection.RecallAt20:P0} at 20 %; "
                + $"area {detection.Area:0.000}, random order {detection.RandomArea:0.000} +- {detection.RandomAreaDeviation:0.000}.");

    /// <summary>The first suspects, with the images that speak for the label suggested.</summary>
    private static string Table(Model model, IReadOnlyList<Suspect> suspects, IReadOnlyList<IReadOnlyList<Neighbour>> speaking) => TextTable.Render(
        ["image", "label", "suggested", "confidence", "neighbours that have the suggested label"],
        [
            .. suspects.Select((s, place) => (IReadOnlyList<string>)
            [
                model.Dataset?.Training[s.Index].File is { Length: > 0 } file ? file : s.Id, s.ClassName, s.SuggestedName,
                s.Confidence.ToString("P0", CultureInfo.InvariantCulture),
                string.Join(", ", speaking[place].Take(NeighboursShown).Select(n => n.Id)),
            ]),
        ]);

    private static string Name(torch.ScalarType precision) => precision == torch.ScalarType.Float64 ? "float64" : "float32";

    private static DetectionRecord Record(DetectionCurve curve) =>
        new(curve.Wanted, curve.Area, 0.5, curve.RandomAreaDeviation, curve.RecallAt(0.05), curve.RecallAt(0.1), curve.RecallAt(0.2));
}
