using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public class ModelTensorsTests
{
    [Fact]
    public void A_checkpoint_names_every_tensor_of_backbone_head_and_loss()
    {
        using var problem = new TinyProblem();
        var names = ModelTensors.Of(problem.Model, problem.Loss).Select(t => t.Name).ToList();
        string[] block = ["conv.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked"];
        string[] expected =
            [.. block.Select(k => "backbone.blocks.0." + k), .. block.Select(k => "backbone.blocks.1." + k), "head.weight", "head.bias", "loss.proxies"];
        Assert.Equal(expected.Order(), names.Order());
    }

    [Fact]
    public void Loaded_tensors_give_the_same_features()
    {
        using var scope = NewDisposeScope();
        using var trained = new TinyProblem(seed: 1);
        using var fresh = new TinyProblem(seed: 2);
        trained.Train(TinyProblem.Options);
        ModelTensors.Load(fresh.Model, fresh.Loss, Saved(trained), "the run");
        Assert.Equal(trained.Bytes(), fresh.Bytes());
        Assert.Equal(Features(trained), Features(fresh));
    }

    [Fact]
    public void Features_do_not_depend_on_the_other_images_of_a_batch()
    {
        using var problem = new TinyProblem();
        problem.Train(TinyProblem.Options);
        Assert.All(Features(problem, 30).Zip(Features(problem, 7)), x => Assert.Equal(x.First, x.Second, 1e-5f));
    }

    [Fact]
    public void A_missing_tensor_a_wrong_shape_and_a_stranger_are_refused_and_change_nothing()
    {
        using var scope = NewDisposeScope();
        using var trained = new TinyProblem(seed: 1);
        using var fresh = new TinyProblem(seed: 2);
        var before = fresh.Bytes();
        var missing = Saved(trained);
        missing.Remove("head.bias");
        Refused(missing, "Expected tensor head.bias of shape Float32 (4) in the run, found no tensor of that name");
        Refused(new(Saved(trained)) { ["loss.proxies"] = zeros(6, 5) }, "Expected tensor loss.proxies to be Float32 (6, 4) in the run, found Float32 (6, 5)");
        Refused(new(Saved(trained)) { ["backbone.extra"] = zeros(1) }, "found backbone.extra");
        var nan = Saved(trained);
        nan["head.weight"][1, 2] = tensor(float.NaN);
        Refused(nan, "the run: expected finite numbers in head.weight, found NaN (first at row 1, column 2); the training had diverged or the file is damaged");
        Assert.Equal(before, fresh.Bytes());

        void Refused(Dictionary<string, Tensor> saved, string message) =>
            Assert.Contains(
                message, Assert.Throws<DmlException>(() => ModelTensors.Load(fresh.Model, fresh.Loss, saved, "the run")).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, Tensor> Saved(TinyProblem problem) =>
        ModelTensors.Of(problem.Model, problem.Loss).ToDictionary(t => t.Name, t => t.Tensor.detach().clone());

    private static float[] Features(TinyProblem problem, int batchSize = FeatureExtractor.DefaultBatchSize)
    {
        using var features = FeatureExtractor.Extract(
            problem.Model, problem.Images, problem.Transform, ImageView.Evaluation, "embed", SilentProgress.Instance, CancellationToken.None, batchSize);
        Assert.Equal([30L, 8L], features.shape);
        return features.data<float>().ToArray();
    }
}
