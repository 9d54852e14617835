using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Tests.Weights;

/// <summary>A backbone of a batch norm and a linear layer whose pretrained file and names the test chooses.</summary>
internal sealed class NamedBackbone(PretrainedWeights? pretrained = null) : IBackbone
{
    public int FeatureSize => 4;

    public InputNormalization Normalization => InputNormalization.ImageNet;

    public PretrainedWeights? Pretrained => pretrained;

    public string? MapWeightName(string name) => name.StartsWith("classifier.", StringComparison.Ordinal) ? null : name;

    public nn.Module<Tensor, Tensor> CreateModule() => new Network();

    private sealed class Network : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "norm")]
        private readonly BatchNorm2d _norm = nn.BatchNorm2d(3);

        [ComponentName(Name = "linear")]
        private readonly Linear _linear = nn.Linear(3, 4);

        public Network() : base("Network") => RegisterComponents();

        public override Tensor forward(Tensor input) => _linear.call(_norm.call(input).mean([2, 3]));
    }
}
