using Dml.Torch;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>Checks that a backbone keeps the contract of <see cref="IBackbone"/>, on a CPU.</summary>
public static class BackboneConformance
{
    private const int Images = 3;

    /// <summary>How much two ways to the same features may differ, relative to the greatest feature.</summary>
    private const double Rounding = 1e-4;

    /// <summary>
    /// Checks the normalisation, the names of parameters and buffers, features of shape (B, D), float32 and finite, that evaluation is
    /// deterministic and independent of the rest of the batch, that the input stays as it is, that training reaches every parameter,
    /// and no tensor growth. Of a frozen backbone (<see cref="IBackbone.Frozen"/>) the opposite of training: its files exist, and its module has
    /// no parameter, no buffer, no gradient and no training mode.
    /// </summary>
    /// <param name="backbone">The backbone; several modules are made from it and disposed of.</param>
    /// <param name="imageSize">H = W of the images, in pixels: a size that the backbone accepts.</param>
    /// <exception cref="ConformanceException">The backbone breaks its contract.</exception>
    public static void Check(IBackbone backbone, int imageSize)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        NativeTorch.EnsureLoaded();
        Expect.On("docs/backbones.md#writing-a-backbone", () => CheckAll(backbone, imageSize));
    }

    private static void CheckAll(IBackbone backbone, int imageSize)
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var name = backbone.GetType().Name;
        Form(backbone, name);
        using var module = backbone.CreateModule();
        Expect.That(module is not null, $"{name}.CreateModule: expected a module, found null; return a new one.");
        Names(backbone, module!, name);
        var images = new Draws(4).Normal(Images, 3, imageSize, imageSize).to(float32);
        Evaluation(module!, images, backbone.FeatureSize, $"{name}'s module");
        if (backbone.Frozen is { } frozen) Frozen(frozen, module!, images, name);
        else Training(module!, images, $"{name}'s module");
    }

    private static void Form(IBackbone backbone, string name)
    {
        Expect.That(
            backbone.FeatureSize >= 1, $"{name}.FeatureSize: expected at least 1, found {backbone.FeatureSize}; return D, the number of features of an image.");
        var (mean, std) = backbone.Normalization;
        Expect.That(
            mean.Count == 3 && std.Count == 3,
            $"{name}.Normalization: expected three means and three deviations, found {mean.Count} and {std.Count}; give one for red, green and blue each.");
        Expect.That(
            mean.All(float.IsFinite) && std.All(s => s > 0 && float.IsFinite(s)),
            $"{name}.Normalization: expected finite means and positive deviations, found others; they apply to pixels in [0, 1].");
    }

    private static void Names(IBackbone backbone, nn.Module<Tensor, Tensor> module, string name)
    {
        var names = NamesOf(module);
        Expect.That(
            module.named_parameters().Any() || backbone.Frozen is not null,
            $"{name}'s module: expected parameters, found none; call RegisterComponents at the end of the constructor.");
        var twice = names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        Expect.That(
            twice is null,
            $"{name}'s module: expected unique names of parameters and buffers, found \"{twice?.Key}\" twice; name one of the two submodules otherwise.");
        using var second = backbone.CreateModule();
        Expect.That(
            !ReferenceEquals(module, second),
            $"{name}.CreateModule: expected a new module at every call, found the same one; the caller owns and disposes of it.");
        Expect.That(
            names.SequenceEqual(NamesOf(second)),
            $"{name}.CreateModule: expected the same names of parameters and buffers at every call, found others; a checkpoint is read by them.");
    }

    private static List<string> NamesOf(nn.Module<Tensor, Tensor> module) =>
        [.. module.named_parameters().Select(p => p.name), .. module.named_buffers().Select(b => b.name)];

    private static void Evaluation(nn.Module<Tensor, Tensor> module, Tensor images, int featureSize, string member)
    {
        const int Calls = 5;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        module.eval();
        var before = images.clone();
        var features = module.call(images);
        Expect.Form(features, [Images, featureSize], float32, member, "return (B, D) features with D the backbone's FeatureSize");
        Expect.That(
            images.equal(before).all().item<bool>(),
            $"{member}: expected the images to stay as they are, found them changed; use no in-place operation on the input.");
        Expect.Close(
            features, module.call(images), 0, member, "the same features from a second call in evaluation mode",
            "let eval() turn off dropout and all other random draws");
        var alone = cat([.. Enumerable.Range(0, Images).Select(i => module.call(images.narrow(0, i, 1)))]);
        Expect.Close(
            features, alone, Rounding, member, "the same features for an image alone as in a batch in evaluation mode",
            "use running statistics in eval(), as BatchNorm does");
        Expect.NoGrowth(member, Calls, () => module.call(images).Dispose());
    }

    private static void Frozen(FrozenModel frozen, nn.Module<Tensor, Tensor> module, Tensor images, string name)
    {
        using var scope = NewDisposeScope();
        var missing = frozen.Files.FirstOrDefault(f => !Path.IsPathFullyQualified(f) || !File.Exists(f));
        Expect.That(
            frozen.Files.Count > 0 && missing is null,
            $"{name}.Frozen: expected absolute paths of the model's files, found {missing ?? "none"}; the host hashes them for the run.");
        Expect.That(
            frozen.Description.Length > 0,
            $"{name}.Frozen: expected a description, found none; say how images go in and features come out.");
        var kept = NamesOf(module);
        Expect.That(
            kept.Count == 0,
            $"{name}'s module: expected neither parameters nor buffers of a frozen backbone, found \"{kept.FirstOrDefault()}\"; "
                + $"a checkpoint holds nothing of it.");
        var before = module.call(images);
        module.train();
        var features = module.call(images);
        Expect.That(
            !features.requires_grad,
            $"{name}'s module: expected features of a frozen backbone without a gradient, found differentiable ones; run the model under no_grad.");
        Expect.Close(features, before, 0, $"{name}'s module", "the same features in training mode", "a frozen backbone has no training mode");
    }

    private static void Training(nn.Module<Tensor, Tensor> module, Tensor images, string member)
    {
        using var scope = NewDisposeScope();
        module.train();
        var features = module.call(images);
        Expect.Finite(features, member);
        Expect.That(
            features.requires_grad,
            $"{member}: expected features that are differentiable in training mode, found features without a gradient; do not run the layers under no_grad.");
        (features * new Draws(5).Normal(features.shape).to(float32)).sum().backward();
        foreach (var (name, parameter) in module.named_parameters().Where(p => p.parameter.requires_grad))
        {
            Expect.That(
                parameter.grad is not null,
                $"{member}: expected training to reach every parameter, found \"{name}\" without a gradient; use it in forward, freeze it, or remove it.");
        }
    }
}
