using Dml.Plugins;
using Dml.Testing;
using Dml.Tests.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Tests.Testing;

[Collection(AloneCollection.Name)]
public sealed class BackboneConformanceTests
{
    public enum Fault
    {
        None,
        FeatureSize,
        Std,
        BatchStatistics,
        Dropout,
        UnusedLayer,
        InPlace,
        NoParameters,
        SameModule,
        Leaks,
        FrozenParameters,
        FrozenGradient,
        FrozenFile,
        FrozenNone,
    }

    [Fact]
    public void ConvNet_keeps_the_contract() => BackboneConformance.Check(new ConvNetBackbone(new() { Channels = [4, 8] }), 12);

    [Fact]
    public void A_backbone_without_faults_keeps_the_contract() => BackboneConformance.Check(new FakeBackbone(Fault.None), 6);

    [Fact]
    public void A_frozen_backbone_without_faults_keeps_the_contract() => BackboneConformance.Check(new FakeBackbone(Fault.FrozenNone), 6);

    [Theory]
    [InlineData(Fault.FeatureSize, "FakeBackbone's module: expected shape (3, 5), found (3, 4); return (B, D) features with D the backbone's FeatureSize.")]
    [InlineData(Fault.Std, "FakeBackbone.Normalization: expected finite means and positive deviations, found others; they apply to pixels in [0, 1].")]
    [InlineData(Fault.BatchStatistics, "FakeBackbone's module: expected the same features for an image alone as in a batch in evaluation mode, "
        + "found a relative difference of *; use running statistics in eval(), as BatchNorm does.")]
    [InlineData(Fault.Dropout, "FakeBackbone's module: expected the same features from a second call in evaluation mode, found a relative difference of *; "
        + "let eval() turn off dropout and all other random draws.")]
    [InlineData(Fault.UnusedLayer, "FakeBackbone's module: expected training to reach every parameter, found \"_unused.*\" without a gradient; "
        + "use it in forward, freeze it, or remove it.")]
    [InlineData(Fault.InPlace, "FakeBackbone's module: expected the images to stay as they are, found them changed; use no in-place operation on the input.")]
    [InlineData(Fault.NoParameters, "FakeBackbone's module: expected parameters, found none; call RegisterComponents at the end of the constructor.")]
    [InlineData(Fault.SameModule, "FakeBackbone.CreateModule: expected a new module at every call, found the same one; the caller owns and disposes of it.")]
    [InlineData(Fault.Leaks,
        "FakeBackbone's module: expected no tensor to stay alive, found 5 after 5 calls; open a dispose scope and move only the result out of it.")]
    [InlineData(Fault.FrozenParameters, "FakeBackbone's module: expected neither parameters nor buffers of a frozen backbone, found \"_conv.weight\"; "
        + "a checkpoint holds nothing of it.")]
    [InlineData(Fault.FrozenGradient, "FakeBackbone's module: expected features of a frozen backbone without a gradient, found differentiable ones; "
        + "run the model under no_grad.")]
    [InlineData(Fault.FrozenFile, "FakeBackbone.Frozen: expected absolute paths of the model's files, found model.bin; the host hashes them for the run.")]
    public void A_broken_backbone_is_told_what_is_wrong(Fault fault, string sentence)
    {
        var error = Assert.Throws<ConformanceException>(() => BackboneConformance.Check(new FakeBackbone(fault), 6));
        Sentences.AssertLike(sentence, error.Sentence);
    }

    private sealed class FakeBackbone(Fault fault) : IBackbone
    {
        private readonly List<FakeModule> _only = [new(fault)];

        public FrozenModel? Frozen => fault < Fault.FrozenParameters ? null
            : new([fault == Fault.FrozenFile ? "model.bin" : typeof(FakeBackbone).Assembly.Location], "images in, features out");

        public int FeatureSize => fault == Fault.FeatureSize ? 5 : 4;

        public InputNormalization Normalization => fault == Fault.Std ? new([0, 0, 0], [1, 0, 1]) : InputNormalization.ImageNet;

        public nn.Module<Tensor, Tensor> CreateModule() => fault == Fault.SameModule ? _only[0] : new FakeModule(fault);
    }

    private sealed class FakeModule : nn.Module<Tensor, Tensor>
    {
        private readonly Fault _fault;
        private readonly Conv2d _conv = nn.Conv2d(3, 4, 3);
        private readonly Linear? _unused;

        public FakeModule(Fault fault) : base("fake")
        {
            _fault = fault;
            if (fault == Fault.UnusedLayer) _unused = nn.Linear(2, 2);
            if (fault is not Fault.NoParameters and not > Fault.FrozenParameters) RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            if (_fault == Fault.InPlace) input.mul_(2);
            if (_fault == Fault.Leaks) _ = input.clone();
            using var scope = NewDisposeScope();
            using var frozen = _fault > Fault.FrozenGradient ? no_grad() : null;
            var features = _conv.call(input).mean([2, 3]);
            return (_fault switch
            {
                Fault.BatchStatistics => features - features.mean([0], keepdim: true),
                Fault.Dropout => nn.functional.dropout(features, 0.5, training: true),
                _ => features,
            }).MoveToOuterDisposeScope();
        }
    }
}
