using Dml.Engine.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Engine.Training;

/// <summary>
/// One optimiser and what a batch does with it: forward pass, <c>mean(l_i) + reg</c>, backward pass, clipping of the model's gradient
/// values, Adam. In a warm-up the backbone runs without gradients, so only its batch-norm statistics move.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly Network _model;
    private readonly IMetricLoss _loss;
    private readonly bool _warmUp;
    private readonly double? _clip;
    private readonly List<Parameter> _modelParameters;

    private readonly Bfloat16Backbone? _bfloat16;

    /// <summary>Starts with fresh moments.</summary>
    public TrainingStep(
        Network model, IMetricLoss loss, OptimizerOptions options, double? clip, bool warmUp, TrainingPrecision precision = TrainingPrecision.Float32)
    {
        _bfloat16 = precision == TrainingPrecision.BFloat16 ? new(model) : null;
        (_model, _loss, _warmUp, _clip) = (model, loss, warmUp, clip);
        List<Parameter> backbone = warmUp ? [] : [.. model.Backbone.parameters().Where(p => p.requires_grad)];
        List<Parameter> head = [.. model.Hidden?.parameters() ?? [], .. model.Head.parameters()];
        List<Parameter> proxies = [.. loss.Parameters.Select(p => p.Value)];
        _modelParameters = [.. backbone, .. head];
        Optimizer = new(
            [
                (backbone, options.LearningRate, options.WeightDecay),
                (head, options.HeadLearningRate, options.HeadWeightDecay ?? options.WeightDecay),
                (proxies, options.ProxyLearningRate, options.ProxyWeightDecay ?? options.WeightDecay),
            ],
            options);
    }

    /// <summary>The optimiser, for its learning rates and its state.</summary>
    public TrainingOptimizer Optimizer { get; }

    /// <summary>Trains on one batch.</summary>
    /// <param name="inputs">Images (B, 3, H, W), or features (B, D) where the backbone hands them on.</param>
    /// <param name="labels">(B), int64.</param>
    /// <returns>The loss before the step. When it is not finite, nothing was changed but batch-norm statistics and what the loss remembers.</returns>
    public double Run(Tensor inputs, Tensor labels)
    {
        using var scope = NewDisposeScope();
        Optimizer.ZeroGradients();
        _bfloat16?.ZeroGradients();
        var loss = Objective(Embed(inputs), labels);
        var value = loss.to(ScalarType.Float64).item<double>();
        if (!double.IsFinite(value)) return value;
        if (!loss.requires_grad) throw NoGradient();
        loss.backward();
        _bfloat16?.HandGradientsOver();
        if (_clip is { } bound) nn.utils.clip_grad_value_(_modelParameters, bound);
        Optimizer.Step();
        return value;
    }

    private DmlException NoGradient() => new(
        $"{_loss.GetType().Name}.BatchLoss: expected a loss that is differentiable in the embeddings or in its parameters, found one without a gradient; "
            + "do not detach, and do not copy values out.");

    public void Dispose()
    {
        Optimizer.Dispose();
        _bfloat16?.Dispose();
    }

    private Tensor Embed(Tensor inputs) => _model.Embed(_model.HiddenOf(_warmUp ? FeaturesWithoutGradient(inputs) : Features(inputs)));

    private Tensor Features(Tensor inputs) => _bfloat16 is null ? _model.BackboneFeatures(inputs) : _bfloat16.Features(inputs);

    private Tensor FeaturesWithoutGradient(Tensor inputs)
    {
        using var noGradient = no_grad();
        return Features(inputs);
    }

    private Tensor Objective(Tensor embeddings, Tensor labels)
    {
        var loss = _loss is IRememberingLoss remembering ? remembering.TrainingLoss(embeddings, labels) : _loss.BatchLoss(embeddings, labels);
        return _loss.Regularizer() is { } regularizer ? loss + regularizer : loss;
    }
}
