using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Backbones;

/// <summary>Compares a backbone's module on random weights and statistics with a plain double-precision network.</summary>
internal static class BackboneOracle
{
    private const double Relative = 1e-5;

    public static void Compare(IBackbone backbone, Func<PlainNetworks, PlainMaps, PlainMaps> network, bool max, bool layerNorm, int height, int width)
    {
        const int Images = 2;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = backbone.CreateModule();
        module.eval();
        Randomize(module);
        var images = randn(Images, 3, height, width);
        var features = module.call(images).to(float64).data<double>().ToArray();
        var plain = new PlainNetworks(module.state_dict().ToDictionary(e => e.Key, e => e.Value.to(float64).data<double>().ToArray()));
        double[] expected = [.. Enumerable.Range(0, Images).SelectMany(i => network(plain, Image(images[i])).Features(max, layerNorm))];
        Assert.Equal(Images * backbone.FeatureSize, features.Length);
        Assert.Equal(expected.Length, features.Length);
        Assert.True(expected.Distinct().Count() > expected.Length / 4, "The features should differ from each other.");
        var difference = expected.Zip(features, (e, f) => Math.Abs(e - f)).Max() / expected.Max(Math.Abs);
        Assert.True(difference <= Relative, $"relative difference {difference}");
    }

    /// <summary>
    /// The gradient of every parameter in float32 equals the one in float64, which libtorch computes by other kernels: those of float32
    /// were measured to be wrong or to crash for some shapes. A unit at rounding's distance from ReLU's kink can be on in one precision
    /// and off in the other, which moved gradients by 0.1 to 10 % in about every fourth batch, on other batches on another processor, and
    /// says nothing about the kernels; the other batches agreed to 1e-5. A wrong kernel is wrong on every batch, so one that agrees is
    /// enough.
    /// </summary>
    public static void CompareGradients(IBackbone backbone, int side)
    {
        const int Batches = 8;
        using var scope = NewDisposeScope();
        using var module = backbone.CreateModule();
        module.eval();
        using (no_grad()) Randomize(module);
        List<(string Name, double Difference)> worst = [];
        do worst.Add(WorstGradient(module, randn(2, 3, side, side), randn(2, backbone.FeatureSize)));
        while (worst[^1].Difference >= 1e-4 && worst.Count < Batches);
        Assert.True(worst[^1].Difference < 1e-4, $"relative differences: {string.Join(", ", worst)}");
    }

    private static (string Name, double Difference) WorstGradient(nn.Module<Tensor, Tensor> module, Tensor images, Tensor weights)
    {
        module.to(float32);
        var single = Gradients(module, images, weights);
        module.to(float64);
        var twice = Gradients(module, images.to(float64), weights.to(float64));
        Assert.All(twice, t => Assert.True(t.Value.norm().item<double>() > 0, $"{t.Key} gets no gradient"));
        return twice.Select(t => (t.Key, Difference(single[t.Key], t.Value))).MaxBy(d => d.Item2);
    }

    private static double Difference(Tensor single, Tensor twice)
    {
        var difference = (single - twice).norm().item<double>() / twice.norm().item<double>();
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }

    private static Dictionary<string, Tensor> Gradients(nn.Module<Tensor, Tensor> module, Tensor images, Tensor weights)
    {
        module.zero_grad();
        (module.call(images) * weights).sum().backward();
        return module.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.to(float64).clone());
    }

    /// <summary>Weights that keep the size of the maps, and statistics that are not those of a fresh network.</summary>
    private static void Randomize(nn.Module module)
    {
        random.manual_seed(11);
        foreach (var (name, tensor) in module.state_dict())
        {
            var field = name[(name.LastIndexOf('.') + 1)..];
            tensor.copy_((field, tensor.dim()) switch
            {
                ("num_batches_tracked", _) => full(tensor.shape, 7, int64),
                ("running_var", _) or ("weight", 1) => rand(tensor.shape) + 0.5,
                ("weight", _) => randn(tensor.shape) * Math.Sqrt(2.0 / (tensor.numel() / tensor.shape[0])),
                _ => randn(tensor.shape) * 0.2,
            });
        }
    }

    private static PlainMaps Image(Tensor image) => new(image.to(float64).data<double>().ToArray(), 3, (int)image.shape[1], (int)image.shape[2]);
}
