using System.Runtime.CompilerServices;
using Dml.Engine;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Sessions;

/// <summary>What docs/api.md shows stands here word for word, and runs.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ApiExamplesTests : IClassFixture<TinyRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Directory.GetCurrentDirectory();
    private readonly TextWriter _output = Console.Out;
    private readonly StringWriter _printed = new();

    public ApiExamplesTests(TinyRun tiny)
    {
        var config = TinyTraining.WriteConfig(_folder);
        File.Copy(config, _folder.File("mine.json"));
        Copy(tiny.Path, _folder.File("runs/demo"));
        File.Copy(Directory.EnumerateFiles(tiny.Path, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First(), _folder.File("new.png"));
        File.Copy(Path.Combine(tiny.Path, "model.safetensors"), _folder.File("model.safetensors"));
        Directory.SetCurrentDirectory(_folder.Path);
        Console.SetOut(_printed);
    }

    public void Dispose()
    {
        Console.SetOut(_output);
        Directory.SetCurrentDirectory(_before);
        _folder.Dispose();
    }

    [Fact]
    public void Every_example_of_the_page_is_tested()
    {
        var tested = Squeezed(File.ReadAllLines(ThisFile()));
        var page = File.ReadAllText(Path.GetFullPath("../../../docs/api.md", Path.GetDirectoryName(ThisFile())!));
        string[] examples = [.. page.Split("```csharp\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)])];
        Assert.True(examples.Length >= 12, $"found {examples.Length}");
        Assert.All(examples, example =>
            Assert.Contains(Squeezed(example.Replace("using Dml.Engine;\n\n", "", StringComparison.Ordinal).Split('\n')), tested, StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_is_opened_and_explained_as_the_command_does()
    {
        using var run = Run.Open("runs/demo");
        var worst = run.Model.Confusions.Groups(10);
        using var harm = run.Model.Explain(worst);
        foreach (var confusion in worst) Console.WriteLine(harm.Describe(confusion));

        var printed = _printed.ToString();
        var command = DmlCommand.Succeed("influence", "runs/demo", "--out", "explained");
        Assert.Equal(command.Output.Split('\n')[..worst.Count], printed.Split('\n')[..worst.Count]);
    }

    [Fact]
    public void A_run_is_trained()
    {
        using var run = Run.Train("mine.json", "runs/mine");
        Console.WriteLine($"R@1 {run.Quality.Recall[1]:0.000}");

        Assert.Equal(File.ReadAllBytes("runs/demo/model.safetensors"), File.ReadAllBytes("runs/mine/model.safetensors"));
    }

    [Fact]
    public void A_head_is_fitted_on_given_features()
    {
        new FitFiles().NpzFile("mine.npz", System.IO.Compression.CompressionLevel.Optimal);
        using var fit = Run.Fit("mine.npz", "proxy-nca-pp", "runs/fit");
        using var mlp = Run.Fit("mine.npz", RunConfig.Parse("""{ "loss": "proxy-nca-pp" }""").Set("head.kind", "mlp"), "runs/mlp");
        Console.WriteLine($"R@1 {fit.Quality.Recall[1]:0.000} and {mlp.Quality.Recall[1]:0.000}");

        Assert.InRange(fit.Quality.Recall[1], 0.5, 1);
        Assert.Equal(FitFiles.Size, mlp.Embedder.FeatureSize);
    }

    [Fact]
    public void A_run_is_trained_with_changed_values_and_options_records()
    {
        var config = RunConfig.Load("mine.json")
            .Set("training.epochs", 2)
            .Set("seed", 1)
            .With(new SoftTripleOptions { Centers = 2 });
        using var run = Run.Train(config, "runs/other", overwrite: true);

        var resolved = RunConfig.Load("runs/other/config.json").ToString();
        Assert.Contains("\"centers\": 2", resolved, StringComparison.Ordinal);
        Assert.Contains("\"epochs\": 2", resolved, StringComparison.Ordinal);
        Assert.Equal(run.Model.Evaluate().Recall[1], run.Quality.Recall[1]);
    }

    [Fact]
    public void A_model_is_imported()
    {
        using var run = Run.Import(RunConfig.Load("mine.json"), "model.safetensors", "runs/imported");

        Assert.Equal(File.ReadAllBytes("runs/demo/features.safetensors"), File.ReadAllBytes("runs/imported/features.safetensors"));
    }

    [Fact]
    public void A_model_is_made_of_arrays()
    {
        using var scope = NewDisposeScope();
        using var opened = Run.Open("runs/demo");
        var file = SafeTensors.Open("runs/demo/features.safetensors");
        var (trainingFeatures, trainingLabels) = (file.Load("train_features"), file.Load("train_labels"));
        var (testFeatures, testLabels) = (file.Load("test_features"), file.Load("test_labels"));
        var (weight, bias, proxies) = (file.Load("head.weight"), file.Load("head.bias"), file.Load("loss.proxies"));
        using var model = Model.FromArrays(
            new ModelArrays
            {
                TrainingFeatures = trainingFeatures,    // (N, D)
                TrainingLabels = trainingLabels,        // (N), int64, classes from 0
                TestFeatures = testFeatures,            // (M, D)
                TestLabels = testLabels,                // (M), int64
                HeadWeight = weight,                    // (E, D)
                HeadBias = bias,                        // (E)
                Proxies = proxies,                      // (C, E)
            },
            "proxy-nca-pp");

        var worst = model.Confusions.Groups(3);
        using var ofArrays = model.Explain(worst);
        using var ofRun = opened.Model.Explain(worst);
        Assert.True(ofArrays.Harm.equal(ofRun.Harm).all().item<bool>());
    }

    [Fact]
    public void Confusions_are_listed()
    {
        using var run = Run.Open("runs/demo");
        var confusions = run.Model.Confusions;
        Console.WriteLine($"{confusions.Count} test items are wrong");
        foreach (var group in confusions.Groups(3)) Console.WriteLine($"{confusions.Describe(group)}, d = {confusions.Distance(group):0.000}");
        var first = confusions.Pairs()[0];
        var asked = confusions.Of(run.Model.TestIds[first.Pairs[0].Anchor], run.Model.TestIds[first.Pairs[0].Neighbour]);

        Assert.Equal(first.Pairs, asked.Pairs);
        Assert.Equal(run.Quality.Wrong, confusions.Count);
        var own = run.Model.TestLabels.Index().Where(l => l.Item == run.Model.TestLabels[0]).Select(l => l.Index).ToList();
        Assert.Throws<DmlException>(() => confusions.Of(own[0], own[1]));
        Assert.Throws<DmlException>(() => confusions.Of("nobody", run.Model.TestIds[0]));
        Assert.Throws<DmlException>(() => confusions.Of(0, run.Model.TestIds.Count));
    }

    [Fact]
    public void Causes_are_listed_by_an_estimator_with_typed_options()
    {
        using var run = Run.Open("runs/demo");
        var worst = run.Model.Confusions.Groups(2);
        using var harm = run.Model.Explain(worst, new EifOptions { Steps = 20 });
        foreach (var cause in harm.MostHarmful(worst[0], 5)) Console.WriteLine($"{cause.Id} ({cause.ClassName}) {cause.Harm:g3}");
        double[] all = harm.HarmOf(worst[0]);

        Assert.Equal(harm.MostHarmful(worst[0], 1)[0].Harm, all.Max());
        Assert.Equal(harm.MostHelpful(worst[0], 1)[0].Harm, all.Min());
        DmlCommand.Succeed("influence", "runs/demo", "--groups", "2", "--set", "estimator.steps=20", "--out", "explained");
        using var scores = SafeTensors.Open("explained/scores.safetensors").Load("harm");
        Assert.True(harm.Harm.equal(scores).all().item<bool>());
        var error = Assert.Throws<Configuration.ConfigException>(() => run.Model.Explain(worst, new EifOptions { Steps = 0 }));
        Assert.Contains("estimator.steps", error.Message, StringComparison.Ordinal);
        Assert.Throws<DmlException>(() => run.Model.Explain(worst, new SoftTripleOptions()));
    }

    [Fact]
    public void An_explainer_answers_many_confusions()
    {
        using var run = Run.Open("runs/demo");
        using var explainer = run.Model.Explainer("eif");
        foreach (var pair in run.Model.Confusions.Pairs().Take(5))
        {
            using var answer = explainer.Explain([pair]);
            Console.WriteLine(answer.Describe(pair));
        }

        var pairs = run.Model.Confusions.Pairs().Take(5).ToList();
        using var together = run.Model.Explain(pairs);
        Assert.Equal(pairs.Select(together.Describe), _printed.ToString().TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void An_audit_says_what_to_look_at()
    {
        using var run = Run.Open("runs/demo");
        var audit = run.Audit(["audit.outliers.neighbours=3"]);
        foreach (var section in audit.Sections) Console.WriteLine($"{section.Title}: {section.Summary}");
        foreach (var f in audit.Of("labels")!.Findings) Console.WriteLine($"{f.Items[0].Id}: {f.Reason} ({f.Confidence:p0})");

        Assert.Equal(audit.Sections.Count + audit.Of("labels")!.Findings.Count, _printed.ToString().TrimEnd('\n').Split('\n').Length);
        Assert.All(audit.Findings.SelectMany(f => f.Items), item => Assert.True(File.Exists(item.File)));
    }

    [Fact]
    public void Suspects_are_relabelled_and_the_head_is_retrained()
    {
        using var run = Run.Open("runs/demo");
        var suspects = run.Model.Suspects().Take(10).ToList();
        foreach (var s in suspects) Console.WriteLine($"{s.Id}: {s.ClassName}, perhaps {s.SuggestedName} ({s.Vote:p0} of the votes)");
        using var changed = run.Model.RetrainHead(suspects.Select(s => s.Relabel));
        Console.WriteLine($"R@1 {run.Model.Evaluate().Recall[1]:0.0000}, with these labels {changed.Evaluate().Recall[1]:0.0000}");
        run.Model.WriteRelabels("relabels.csv", suspects.Select(s => s.Relabel));

        Assert.All(suspects, s => Assert.Equal(s.SuggestedLabel, changed.TrainingLabels[s.Index]));
        Assert.False(changed.Features.HeadWeight.equal(run.Model.Features.HeadWeight).all().item<bool>());
        using var retrained = Run.Train(RunConfig.Load("mine.json").Set("relabels", Path.GetFullPath("relabels.csv")), "runs/relabelled");
        Assert.Equal(changed.TrainingLabels, retrained.Model.TrainingLabels);
        Assert.Equal(run.Model.TrainingIds.Count, run.Model.Suspects("self-influence").Count);
        Assert.Throws<DmlException>(() => run.Model.RetrainHead([new Relabel(0, 12)]));
    }

    [Fact]
    public void Changes_are_tried_on_an_error_and_decisions_are_judged()
    {
        using var run = Run.Open("runs/demo");
        var suspects = run.Model.Suspects().Where(s => s.SuggestedLabel != s.Label).Take(10).ToList();
        var edits = new DataEdits([suspects[0].Relabel], [suspects[1].Index]);      // a new label, and a sample left out
        var outcome = run.Model.WhatIf(run.Model.Confusions.Pairs()[0], edits);
        Console.WriteLine($"d {outcome.DistanceBefore:0.000} without, {outcome.DistanceAfter:0.000} with; R@1 of others {outcome.Recall.Mean:+0.000;-0.000;0}");
        var review = new ReviewLog(run);
        review.Add(suspects[0].Index, ReviewAction.Accept, suspects[0].SuggestedLabel);
        Console.WriteLine(run.Model.Judge(review.Read().Edits).Sentence);

        Assert.Contains("With 1 new label, retraining the head gains ", _printed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_image_is_embedded_and_its_neighbours_are_found()
    {
        using var run = Run.Open("runs/demo");
        using var embedding = run.Embedder.Embed("new.png");        // (1, E)
        foreach (var n in run.Neighbours("new.png", 5)) Console.WriteLine($"{n.Id} ({n.ClassName}) at {n.Distance:0.000}");
        foreach (var n in run.Neighbours("new.png", 5, Split.Training)) Console.WriteLine(n.Id);

        // The image is one of the run's own.
        Assert.Equal([1, 16], embedding.shape);
        var nearest = new[] { Split.Test, Split.Training }.Select(s => run.Neighbours("new.png", 1, s)[0]).MinBy(n => n.Distance)!;
        Assert.InRange(nearest.Distance, 0, 1e-5);
        Assert.Equal(
            File.ReadAllBytes("new.png"), File.ReadAllBytes(Directory.EnumerateFiles("runs/demo", Path.GetFileName(nearest.Id), SearchOption.AllDirectories)
            .Single(f => f.EndsWith(nearest.Id, StringComparison.Ordinal))));
    }

    [Fact]
    public void An_item_is_looked_up_and_an_image_is_written_as_an_embedding()
    {
        using var run = Run.Open("runs/demo");
        var item = run.Retrieve(run.Model.TestIds[0], 5);
        Console.WriteLine($"{item.Query} ({item.ClassName}): {(item.IsRight == true ? "right" : item.IsLone ? "the only one of its class" : "wrong")}");
        run.WriteEmbeddings(["new.png"], "new.npy");                // and the names in new.npy.ids.json

        Assert.Equal(5, item.Neighbours.Count);
        using var written = NpyFile.Open("new.npy").Load();
        using var embedding = run.Embedder.Embed("new.png");
        Assert.True(written.equal(embedding).all().item<bool>());
        Assert.Equal("[\"new.png\"]\n", File.ReadAllText("new.npy.ids.json"));
    }

    [Fact]
    public void Features_without_a_head_are_evaluated_and_audited()
    {
        using (var run = Run.Open("runs/demo"))
        {
            var features = run.Model.Features;
            SafeTensors.Write("plain.safetensors", [
                ("train_features", features.TrainFeatures), ("train_labels", features.TrainLabels), ("test_features", features.TestFeatures),
                ("test_labels", features.TestLabels)]);
        }

        using var plain = Model.FromFeatures("plain.safetensors");
        Console.WriteLine($"R@1 {plain.Evaluate().Recall[1]:0.000}, {plain.Audit().Findings.Count} findings");

        Assert.Matches(@"^R@1 [01]\.\d{3}, \d+ findings\n$", _printed.ToString());
    }

    [Fact]
    public void Two_runs_are_compared()
    {
        foreach (var listed in Run.List("runs")) Console.WriteLine($"{listed.Name}: R@1 {listed.Quality?.Recall[1]:0.000}");
        using var before = Run.Open("runs/demo");
        using var after = Run.Train(RunConfig.Load("mine.json").Set("training.epochs", 3), "runs/longer");
        var change = before.CompareWith(after);
        Console.WriteLine($"{change.Cured.Count} errors cured, {change.New.Count} new, p = {change.Test.PValue:0.###}");

        Assert.StartsWith("demo: R@1 ", _printed.ToString(), StringComparison.Ordinal);
        Assert.Equal(change.WrongBefore - change.WrongAfter, change.Cured.Count - change.New.Count);
    }

    [Fact]
    public void A_report_is_written()
    {
        using var run = Run.Open("runs/demo");
        string file = run.WriteReport();

        Assert.Contains("R@1", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_caller_gave_wrongly_is_told_in_a_sentence()
    {
        try
        {
            using var missing = Run.Open("runs/none");
        }
        catch (DmlException error)
        {
            Console.WriteLine(error.Message);
        }

        Assert.StartsWith("Expected a run folder at runs/none, found none;", _printed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_is_cancelled_is_resumed()
    {
        using var stop = new CancellationTokenSource();
        var progress = new Stopping(stop);
        Assert.ThrowsAny<Exception>(
            () => Run.Train(RunConfig.Load("mine.json").Set("training.checkpointSeconds", 0), "runs/cut", progress: progress, cancellationToken: stop.Token));
        using var run = Run.Resume("runs/cut");
        Assert.Equal(File.ReadAllBytes("runs/demo/model.safetensors"), File.ReadAllBytes("runs/cut/model.safetensors"));
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static string Squeezed(IEnumerable<string> lines) => string.Join('\n', lines.Select(l => l.Trim()).Where(l => l.Length > 0));

    private static string ThisFile([CallerFilePath] string file = "") => file;

    /// <summary>Stops a training in its epoch.</summary>
    private sealed class Stopping(CancellationTokenSource stop) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value)
        {
            if (value.Stage.StartsWith("train epoch", StringComparison.Ordinal)) stop.Cancel();
        }
    }
}
