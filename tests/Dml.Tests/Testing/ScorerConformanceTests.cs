using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using static TorchSharp.torch;

namespace Dml.Tests.Testing;

[Collection(AloneCollection.Name)]
public sealed class ScorerConformanceTests
{
    public enum Fault
    {
        Summed,
        WrongDtype,
        NotFinite,
        SeesTheBlock,
        ChangesWithCalls,
        Random,
        TurnedSign,
        ChangesInputs,
        Leaks,
        KeepsItsCache,
    }

    private static readonly Dictionary<string, Func<ITrainingScorer>> Makers = new()
    {
        ["aum"] = () => new AumScorer(),
        ["class-gaussians"] = () => new ClassGaussiansScorer(new()),
        ["class-gaussians of features"] = () => new ClassGaussiansScorer(new() { Of = GaussianRows.Features }),
        ["confident-learning"] = () => new ConfidentLearningScorer(),
        ["consensus"] = () => new ConsensusScorer(),
        ["knn-disagreement"] = () => new KnnDisagreementScorer(),
        ["knn-shapley"] = () => new KnnShapleyScorer(new()),
        ["loss"] = () => new LossScorer(),
        ["self-influence"] = () => new SelfInfluenceScorer(),
    };

    public static TheoryData<string> Names => [.. Makers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_scorer_keeps_the_contract(string name) => ScorerConformance.Check(Makers[name]);

    [Fact]
    public void Every_scorer_of_the_build_is_checked() => Assert.Equal(
        Dml.Engine.PluginCatalog.LoadFrom([(string)AppContext.GetData("Dml.PluginsDir")!]).OfKind(PluginKind.Scorer).Select(p => p.Name).Order(),
        Names.Select(row => row.Data).Where(name => !name.Contains(' ', StringComparison.Ordinal)).Order());

    [Theory]
    [InlineData(Fault.Summed, "FakeScorer.Score: expected shape (60), found (); give one score a sample of the block.")]
    [InlineData(
        Fault.WrongDtype, "FakeScorer.Score: expected dtype float64, found float32; convert the plugin's own tensors to the dtype of what it is given.")]
    [InlineData(Fault.NotFinite, "FakeScorer.Score: expected finite values, found NaN or infinity; guard divisions, logarithms and exponentials.")]
    [InlineData(Fault.SeesTheBlock, "FakeScorer.Score: expected the same values in blocks of 7 as all at once, found a relative difference of *; "
        + "let a score depend on the sample and on what Prepare made, not on its block.")]
    [InlineData(Fault.ChangesWithCalls, "FakeScorer.Score: expected the same values from a second call, found a relative difference of *; "
        + "keep no state of a call.")]
    [InlineData(Fault.Random, "FakeScorer.Score: expected the same values from a second scorer, found a relative difference of *; "
        + "draw random numbers from a fixed seed.")]
    [InlineData(Fault.TurnedSign, "FakeScorer.Score: expected the sample with a wrong label to be more suspicious than nine tenths of 59 others, "
        + "found it above 0; let higher mean more suspicious.")]
    [InlineData(
        Fault.ChangesInputs,
        "FakeScorer.Score: expected the context's tensors and the loss's parameters to stay as they are, found them changed; work on copies.")]
    [InlineData(
        Fault.Leaks, "FakeScorer.Score: expected no tensor to stay alive, found 10 after 10 calls; open a dispose scope and move only the result out of it.")]
    [InlineData(Fault.KeepsItsCache, "FakeScorer.Dispose: expected no tensor to stay alive, found 3 after 3 calls; free in Dispose what Prepare keeps.")]
    public void A_broken_scorer_is_told_what_is_wrong(Fault fault, string sentence)
    {
        var error = Assert.Throws<ConformanceException>(() => ScorerConformance.Check(() => new FakeScorer(fault)));
        Sentences.AssertLike(sentence, error.Sentence);
    }

    /// <summary>The loss of each sample with one fault.</summary>
    private sealed class FakeScorer(Fault fault) : ITrainingScorer
    {
        private static int _made;

        private readonly int _number = ++_made;
        private readonly LossScorer _right = new();
        private Tensor? _cache;
        private int _calls;

        public void Prepare(InfluenceContext context, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
        {
            _cache = fault == Fault.KeepsItsCache ? context.TrainFeatures.clone().DetachFromDisposeScope() : null;
            if (fault == Fault.ChangesInputs) context.TestFeatures[0, 0] = 0.25;
            _right.Prepare(context, progress, cancellationToken);
        }

        public Tensor Score(SampleRange samples)
        {
            if (fault == Fault.Leaks) _ = zeros(1);
            if (samples.Count == 60) _calls++;
            using var scope = NewDisposeScope();
            var scores = _right.Score(samples);
            return (fault switch
            {
                Fault.Summed => scores.sum(),
                Fault.WrongDtype => scores.to(float32),
                Fault.NotFinite => scores / 0,
                Fault.SeesTheBlock => scores - scores.mean(),
                Fault.ChangesWithCalls => scores * _calls,
                Fault.Random => scores * _number,
                Fault.TurnedSign => -scores,
                _ => scores,
            }).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _right.Dispose();
            if (fault != Fault.KeepsItsCache) _cache?.Dispose();
        }
    }
}
