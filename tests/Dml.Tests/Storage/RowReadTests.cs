using Dml.Engine.Features;
using Dml.Plugins;
using Dml.Storage;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>Features that stay in their file and are read block by block.</summary>
public sealed class RowReadTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Rows_are_those_of_the_whole_wherever_the_values_begin_in_the_file(ScalarType dtype)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var values = (randn(9, 5) * 10).to(dtype);
        foreach (var before in new[] { 0, 1, 8, 24 })
        {
            SafeTensors.Write(folder.File("x.safetensors"), [("before", zeros(before, ScalarType.Byte)), ("x", values)]);
            var file = SafeTensors.OpenHeld(folder.File("x.safetensors"));
            Assert.True(file.LoadRows("x", 0, 9).equal(values).all().item<bool>());
            Assert.True(file.LoadRows("x", 3, 4).equal(values.narrow(0, 3, 4)).all().item<bool>());
            Assert.Throws<ArgumentOutOfRangeException>(() => file.LoadRows("x", 6, 4));
        }

        NpyFile.Write(folder.File("x.npy"), values);
        Assert.True(NpyFile.OpenHeld(folder.File("x.npy")).LoadRows(3, 4).equal(values.narrow(0, 3, 4)).all().item<bool>());
    }

    [Fact]
    public void Rows_are_of_the_file_that_was_opened_also_when_another_takes_its_name()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var values = randn(100, 3);
        SafeTensors.Write(folder.File("x"), [("x", values)]);
        var file = SafeTensors.OpenHeld(folder.File("x"));
        SafeTensors.Write(folder.File("x"), [("x", zeros(100, 3))]);
        Assert.True(file.LoadRows("x", 0, 100).equal(values).all().item<bool>());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void Features_that_are_cut_short_while_they_are_read_are_named_or_in_memory_already(long largestInMemory)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("features.safetensors");
        File.Copy(FeatureTensors.GoldenFile, path);
        var length = new FileInfo(path).Length;
        using var set = FeatureFile.Read(path, largestInMemory);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(1000);
        if (largestInMemory > 0)
        {
            Assert.True(set.TrainRows(new(0, set.TrainCount)).isfinite().all().item<bool>());
            return;
        }

        var error = Assert.Throws<DmlException>(() => set.TrainEmbeddings());
        Assert.StartsWith($"{path}: expected {length} bytes as before, found it to end at or before byte ", error.Message, StringComparison.Ordinal);
        Assert.Throws<DmlException>(() => set.TrainRows(new(3, 2)));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Every_estimator_gives_the_same_bits_whether_features_are_in_memory_or_in_their_file(ScalarType precision)
    {
        using var inMemory = FeatureFile.Read(FeatureTensors.GoldenFile);
        using var inFile = FeatureFile.Read(FeatureTensors.GoldenFile, largestInMemory: 0);
        Assert.Null(inMemory.ReadTrainFeatures);
        Assert.NotNull(inFile.ReadTrainFeatures);
        using var scope = NewDisposeScope();
        Assert.True(inMemory.TrainEmbeddings().equal(inFile.TrainEmbeddings()).all().item<bool>());
        var confusions = new[]
        {
            new Confusion("pair", ConfusionKind.Pair, [new(0, 50)]), new Confusion("group", ConfusionKind.Group, [new(1, 60), new(2, 90)]),
        };
        Func<IInfluenceEstimator>[] estimators =
        [
            () => new EifEstimator(new() { Path = EifPath.Fast }), () => new EifEstimator(new() { Path = EifPath.General }),
            () => new IfEstimator(new()), () => new TracInEstimator(new()), () => new SimilarityEstimator(),
        ];
        foreach (var make in estimators)
        {
            using var one = make();
            using var other = make();
            var expected = Score(one, inMemory, precision, confusions);
            Assert.True(expected.equal(Score(other, inFile, precision, confusions)).all().item<bool>(), one.GetType().Name);
        }
    }

    private static Tensor Score(IInfluenceEstimator estimator, FeatureSet set, ScalarType precision, Confusion[] confusions)
    {
        var (train, read) = set.TrainFeaturesAs(precision);
        var proxies = set.LossParameters["proxies"];
        using var loss = new ProxyNcaPPLoss(new() { Scale = 3 }, new((int)proxies.shape[0], (int)proxies.shape[1], precision, CPU));
        using (no_grad()) loss.Proxies.copy_(proxies);
        var context = new InfluenceContext(
            train, set.TrainLabels, set.TestFeatures.to(precision), set.TestLabels, set.HeadWeight.to(precision), set.HeadBias.to(precision), loss)
        {
            ReadTrainFeatures = read,
        };
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score(context, confusions, SilentProgress.Instance, CancellationToken.None).Harm;
    }
}
