using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>
/// Compares a device with the CPU on a small batch before a long training: a libtorch that does not fit the GPU gives wrong numbers
/// rather than an error. Random images go through backbone, head and loss in evaluation mode on both; features and loss must agree
/// within 1 %, the gradients of backbone, head and loss within 5 % each, which leaves room for TensorFloat-32.
/// </summary>
internal static class DeviceCheck
{
    private const int Images = 4;
    private const double ValueTolerance = 0.01;
    private const double GradientTolerance = 0.05;

    /// <summary>Compares.</summary>
    /// <param name="model">The model on the device.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="reference">A model of the same form on the CPU; it gets the weights of the first.</param>
    /// <param name="referenceLoss">Its loss; it gets the parameters of the first.</param>
    /// <param name="imageSize">Side of the images, in pixels.</param>
    /// <exception cref="DmlException">The device disagrees.</exception>
    public static void Require(Network model, IMetricLoss loss, Network reference, IMetricLoss referenceLoss, int imageSize)
    {
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            foreach (var (from, to) in ModelTensors.Of(model, loss).Zip(ModelTensors.Of(reference, referenceLoss))) to.Tensor.copy_(from.Tensor);
        }

        using var generator = new Generator(0);
        var images = randn([Images, 3, imageSize, imageSize], generator: generator);
        var found = Outcome(model, loss, images);
        var expected = Outcome(reference, referenceLoss, images);
        foreach (var ((what, right), (_, value)) in expected.Zip(found))
        {
            var error = ((value - right).norm() / right.norm().clamp(1e-12)).item<double>();
            var tolerance = what is "features" or "loss" ? ValueTolerance : GradientTolerance;
            if (error <= tolerance) continue;
            throw new DmlException(
                null, $"the device {model.Device} to agree with the CPU on a small batch", $"its {what} off by {error:P1} (allowed: {tolerance:P0})",
                $"use a libtorch build made for this GPU, or choose {Mention.Option("device", "cpu")}");
        }
    }

    private static List<(string What, Tensor Value)> Outcome(Network model, IMetricLoss loss, Tensor images)
    {
        model.SetTraining(false);
        var features = model.Features(images.to(model.Device));
        var labels = zeros([Images], ScalarType.Int64, model.Device);
        var value = loss.BatchLoss(model.Embed(features), labels);
        value.backward();
        List<(string, Tensor?)> parts =
        [
            ("features", features), ("loss", value), ("gradient of the head", model.Head.weight!.grad),
            .. loss.Parameters.Select(p => ($"gradient of the loss's {p.Name}", p.Value.grad)),
            ("gradient of the backbone", Joined(model.Backbone)),
        ];
        List<(string, Tensor)> outcome = [.. parts.Where(p => p.Item2 is not null).Select(p => (p.Item1, p.Item2!.detach().to(CPU).to(ScalarType.Float64)))];
        model.Backbone.zero_grad();
        model.Head.zero_grad();
        foreach (var (_, parameter) in loss.Parameters) parameter.grad?.zero_();
        return outcome;
    }

    private static Tensor? Joined(nn.Module module)
    {
        List<Tensor> gradients = [.. module.parameters().Select(p => p.grad).OfType<Tensor>().Select(g => g.flatten())];
        return gradients.Count == 0 ? null : cat(gradients);
    }
}
