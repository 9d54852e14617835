using Dml.Engine.Explaining;
using Dml.Numerics;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Explaining;

/// <summary>A loss that no estimator can explain is refused by name; scores of zero never stand for an explanation.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplainableLossTests : IDisposable
{
    private const string Refusal =
        "Expected a loss that tells samples apart by their weights, found \"weightless\", whose derivatives in the weights of all 240 "
        + "training samples are the same at any embedding; \"{0}\" explains samples' shares of the loss, so let its BatchLoss use the "
        + "weights that it is given, or choose an estimator that does not look at the loss (similarity).";

    private static readonly string Plugins = Path.Combine((string)AppContext.GetData("Dml.TestPluginsDir")!, "Good");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("influence", "eif", "--pairs", "2")]
    [InlineData("influence", "if", "--pairs", "2", "--estimator", "if")]
    [InlineData("influence", "tracin", "--pairs", "2", "--estimator", "tracin", "--precision", "float64")]
    [InlineData("mislabel", "eif", "--estimator", "eif")]
    [InlineData("mislabel", "self-influence", "--scorer", "self-influence")]
    [InlineData("verify", "eif", "--pairs", "2", "--subsets", "8")]
    public void A_loss_that_no_weight_moves_is_refused_by_every_command(string command, string estimator, params string[] options) => DmlCommand.Refuse(
        _folder, Refusal.Replace("{0}", estimator, StringComparison.Ordinal),
        [command, "--features", Features(), "--loss", "weightless", "--out", "{dir}/out", "--plugins", Plugins, .. options]);

    [Fact]
    public void An_estimator_that_does_not_look_at_the_loss_explains_in_its_own_way() => DmlCommand.Succeed(
        "influence", "--features", Features(), "--loss", "weightless", "--out", _folder.File("out"), "--plugins", Plugins,
        "--pairs", "2", "--estimator", "similarity");

    [Fact]
    public void A_loss_that_is_flat_at_the_model_alone_can_be_explained()
    {
        using var scope = NewDisposeScope();
        var (embeddings, labels) = (tensor(new float[,] { { 3, 0 }, { 2, 0 } }), zeros(2, int64));
        Assert.True(LossDependence.OnEmbeddings(new Function(e => nn.functional.relu(1 - e.select(1, 0))), embeddings, labels));
        Assert.True(LossDependence.OnEmbeddings(new Function(e => e.sum(1) / 0), embeddings, labels));
        Assert.False(LossDependence.OnEmbeddings(new Function(e => ones(e.shape[0])), embeddings, labels));
        Assert.False(LossDependence.OnEmbeddings(new Function(e => e.square().sum(1) / e.square().sum(1) * (1.0 / 3)), embeddings, labels));
    }

    [Fact]
    public void A_loss_is_looked_at_until_a_sample_moves()
    {
        using var scope = NewDisposeScope();
        // Only the last of more samples than one block holds has a loss that moves.
        const int Count = 5000;
        var labels = zeros(Count, int64);
        labels[Count - 1] = 1;
        var loss = new Function((e, y) => e.sum(1) * y.to(float32));
        var context = new InfluenceContext(ones(Count, 2), labels, ones(2, 2), zeros(2, int64), eye(2), zeros(2), loss);
        ExplainableLoss.Require(context, "late", "eif");
        var error = Assert.Throws<DmlException>(() => ExplainableLoss.Require(context with { TrainLabels = zeros(Count, int64) }, "late", "eif"));
        Assert.StartsWith(
            "Expected a loss whose value of a single sample moves with the model, found \"late\", "
                + "which is the same at any embedding for all 5000 training samples; ",
            error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0.0)]
    [InlineData(true, 4.0)]
    [InlineData(true, 0.0, 0.0)]
    [InlineData(false, 0.5)]
    [InlineData(false, 0.0, 1e-9)]
    public void Scores_of_zero_are_right_only_where_the_confused_items_lie_on_each_other(bool isRight, params double[] distances)
    {
        using var scope = NewDisposeScope();
        TargetExplanation[] targets = [.. distances.Select(d => new TargetExplanation(new("pair 0:1", ConfusionKind.Pair, [new(0, 1)]), d, [], "fast"))];
        var harm = zeros(distances.Length, 3);
        var error = Record.Exception(() => ExplainableLoss.RequireScores([harm], targets, "mine", "eif"));
        if (isRight) Assert.Null(error);
        else Assert.Equal(
            $"Expected scores of the estimator \"eif\" that are not all zero, found zeros for every training sample on all {distances.Length} confusions; "
                + "it finds no influence of single samples on the loss \"mine\", so choose another estimator, or check the loss's PerSample.",
            Assert.IsType<DmlException>(error).Message);
        harm[0, 2] = -1e-30f;
        ExplainableLoss.RequireScores([harm], targets, "mine", "eif");
    }

    /// <summary>A model whose loss has no parameters.</summary>
    private string Features()
    {
        using var tensors = new FeatureTensors();
        tensors.Remove("loss.proxies");
        return tensors.Write(_folder);
    }

    private sealed class Function(Func<Tensor, Tensor, Tensor> value) : IMetricLoss
    {
        public Function(Func<Tensor, Tensor> value) : this((embeddings, _) => value(embeddings))
        {
        }

        public IReadOnlyList<NamedParameter> Parameters => [];

        public Tensor PerSample(Tensor embeddings, Tensor labels) => value(embeddings, labels);

        public void Dispose()
        {
        }
    }
}
