using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Host.Training;

/// <summary>
/// One optimiser and what a batch does with it: forward pass, <c>mean(l_i) + reg</c>, backward pass, clipping of the model's gradient
/// values, Adam. In a warm-up the backbone runs without gradients, so only its batch-norm statistics move.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly EmbeddingModel _model;
    private readonly IMetricLoss _loss;
    private readonly bool _warmUp;
    private readonly double? _clip;
    private readonly List<Parameter> _modelParameters;
    private readonly Adam _adam;
    private readonly double[] _rates;

    /// <summary>Starts with fresh moments.</summary>
    public TrainingStep(EmbeddingModel model, IMetricLoss loss, OptimizerOptions options, double? clip, bool warmUp)
    {
        (_model, _loss, _warmUp, _clip) = (model, loss, warmUp, clip);
        var backbone = warmUp ? [] : model.Backbone.parameters().ToList();
        List<Parameter> head = [.. model.Head.parameters()];
        List<Parameter> proxies = [.. loss.Parameters.Select(p => p.Value)];
        _modelParameters = [.. backbone, .. head];
        var groups = new List<(List<Parameter> Parameters, double Rate)>
        {
            (backbone, options.LearningRate), (head, options.HeadLearningRate), (proxies, options.ProxyLearningRate),
        };
        groups.RemoveAll(g => g.Parameters.Count == 0);
        _rates = [.. groups.Select(g => g.Rate)];
        _adam = optim.Adam(
            groups.Select(g => new Adam.ParamGroup(g.Parameters, g.Rate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay)),
            options.LearningRate);
    }

    /// <summary>Multiplies every group's configured learning rate.</summary>
    public void SetRateFactor(double factor)
    {
        foreach (var (group, rate) in _adam.ParamGroups.Zip(_rates)) group.LearningRate = rate * factor;
    }

    /// <summary>Trains on one batch.</summary>
    /// <param name="images">(B, 3, H, W).</param>
    /// <param name="labels">(B), int64.</param>
    /// <returns>The loss before the step. When it is not finite, nothing was changed but batch-norm statistics.</returns>
    public double Run(Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        _adam.zero_grad();
        var loss = Objective(Embed(images), labels);
        var value = loss.to(ScalarType.Float64).item<double>();
        if (!double.IsFinite(value)) return value;
        loss.backward();
        if (_clip is { } bound) nn.utils.clip_grad_value_(_modelParameters, bound);
        _adam.step();
        return value;
    }

    public void Dispose()
    {
        // The last gradients would otherwise stay with the parameters.
        using var scope = NewDisposeScope();
        _adam.zero_grad();
        _adam.Dispose();
    }

    private Tensor Embed(Tensor images)
    {
        return _model.Embed(_warmUp ? FeaturesWithoutGradient(images) : _model.Features(images));
    }

    private Tensor FeaturesWithoutGradient(Tensor images)
    {
        using var noGradient = no_grad();
        return _model.Features(images);
    }

    private Tensor Objective(Tensor embeddings, Tensor labels)
    {
        var loss = _loss.BatchLoss(embeddings, labels);
        return _loss.Regularizer() is { } regularizer ? loss + regularizer : loss;
    }
}
