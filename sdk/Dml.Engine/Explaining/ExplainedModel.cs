using Dml.Engine.Features;
using Dml.Engine.Models;
using Dml.Engine.Plugins;
using static TorchSharp.torch;

namespace Dml.Engine.Explaining;

/// <summary>A model as estimators and scorers see it, with the losses that were made for it and for its checkpoints.</summary>
internal sealed class ExplainedModel : IDisposable
{
    private readonly IDisposable _scope;

    private ExplainedModel(IDisposable scope, InfluenceContext context) => (_scope, Context) = (scope, context);

    public InfluenceContext Context { get; }

    /// <summary>Makes the losses and converts what has another precision. All tensors made until it is disposed of go with it.</summary>
    /// <param name="features">The trained model; stays the caller's.</param>
    /// <param name="checkpoints">The same model at earlier moments, oldest first; stay the caller's.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="precision">float32 or float64.</param>
    /// <param name="classes">C, as far as it is known.</param>
    /// <param name="batches">The batches that it was trained with.</param>
    /// <param name="sampler">Makes the plugin that drew them; null for the engine's own sampler.</param>
    public static ExplainedModel Open(
        FeatureSet features, IReadOnlyList<FeatureSet> checkpoints, BoundPlugin loss, ScalarType precision, int classes, BatchShape batches,
        Func<SamplerContext, IBatchSampler>? sampler = null)
    {
        var scope = NewDisposeScope();
        var contexts = new List<InfluenceContext>();
        try
        {
            foreach (var moment in checkpoints.Append(features))
            {
                var (train, read) = moment.TrainFeaturesAs(precision);
                contexts.Add(new(
                    train, moment.TrainLabels, moment.TestFeatures.to(precision), moment.TestLabels,
                    moment.HeadWeight.to(precision), moment.HeadBias.to(precision), LossFactory.Make(loss, moment, precision, classes))
                {
                    ReadTrainFeatures = read,
                    Batches = batches,
                    Sampler = sampler,
                });
            }

            return new(scope, contexts[^1] with { Checkpoints = contexts[..^1] });
        }
        catch
        {
            foreach (var context in contexts) context.Loss.Dispose();
            scope.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var context in Context.Checkpoints.Append(Context)) context.Loss.Dispose();
        _scope.Dispose();
    }
}
