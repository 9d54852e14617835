using Dml.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Sessions;

/// <summary>A session that answers one confusion after another from what it keeps.</summary>
public sealed class ExplainerTests
{
    public static TheoryData<string> Estimators =>
        [.. PluginCatalog.Load([]).OfKind(PluginKind.Estimator).Select(p => p.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Estimators))]
    public void Answers_from_what_is_kept_are_those_of_the_ordinary_path(string estimator)
    {
        using var scope = NewDisposeScope();
        using var draws = new Generator(6);
        using var model = Model.FromArrays(
            new ModelArrays
            {
                TrainingFeatures = randn([40, 7], generator: draws),
                TrainingLabels = arange(40).remainder(5),
                TestFeatures = randn([12, 7], generator: draws),
                TestLabels = arange(12).remainder(4) + 5,
                HeadWeight = randn([6, 7], generator: draws) / 2,
                HeadBias = randn([6], generator: draws) / 4,
                Proxies = randn([5, 6], generator: draws),
            },
            "proxy-nca-pp", PluginCatalog.Load([]));
        Confusion[] pairs = [Confusion.Of(new(0, 1)), Confusion.Of(new(2, 5)), Confusion.Of(new(0, 1))];
        using var explainer = model.Explainer(estimator);
        foreach (var pair in pairs)
        {
            using var ordinary = model.Explain([pair], estimator);
            using var kept = explainer.Explain([pair]);
            Assert.Equal(ordinary.HarmOf(pair), kept.HarmOf(pair));
            Assert.Equal(ordinary.MostHarmful(pair, 50), kept.MostHarmful(pair, 50));
        }
    }

    [Fact]
    public void Further_answers_leave_nothing_behind()
    {
        using var scope = NewDisposeScope();
        using var draws = new Generator(7);
        using var model = Model.FromArrays(
            new ModelArrays
            {
                TrainingFeatures = randn([20, 5], generator: draws),
                TrainingLabels = arange(20).remainder(4),
                TestFeatures = randn([8, 5], generator: draws),
                TestLabels = arange(8).remainder(3) + 4,
                HeadWeight = randn([3, 5], generator: draws),
                Proxies = randn([4, 3], generator: draws),
            },
            "proxy-nca-pp", PluginCatalog.Load([]));
        foreach (var estimator in new[] { "eif", "tracin" })
        {
            Assert.Equal(Growth(estimator, 1), Growth(estimator, 4));
        }

        long Growth(string estimator, int answers)
        {
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (var explainer = model.Explainer(estimator))
            {
                for (var i = 0; i < answers; i++) explainer.Explain([Confusion.Of(new(i, i + 1))]).Dispose();
            }

            return DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        }
    }
}
