using Dml.Engine.Features;
using Dml.Engine.Plugins;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Makes a loss with its trained parameters from a features file.</summary>
internal static class LossFactory
{
    /// <summary>Makes it.</summary>
    /// <param name="plugin">The loss.</param>
    /// <param name="features">Holds the parameters.</param>
    /// <param name="precision">dtype of the parameters.</param>
    /// <param name="classes">C, as far as it is known: of the run's dataset, or the largest label + 1.</param>
    /// <exception cref="DmlException">A parameter is missing or misshapen, or a label is beyond the classes.</exception>
    public static IMetricLoss Make(BoundPlugin plugin, FeatureSet features, ScalarType precision, int classes)
    {
        if (features.LossParameters.TryGetValue("proxies", out var proxies) && proxies.Dimensions == 2 && proxies.shape[0] < classes)
        {
            // Before a loss of that many classes is made, which for a wrong label is more than fits in memory.
            throw new DmlException($"{features.Source}: expected \"loss.proxies\" with a row for each of {classes} training classes, "
                + $"the largest label + 1, found {proxies.shape[0]} rows; the arrays must come from one model.");
        }

        var loss = Make(plugin, features, classes, precision);
        try
        {
            if (loss is IProxyLoss proxy && ClassesOfProxies(proxy, features) is var known && known > classes)
            {
                // Classes without a training sample: the proxies know of more than the labels do.
                loss.Dispose();
                loss = Make(plugin, features, known, precision);
            }

            Load(loss, plugin, features);
            return loss;
        }
        catch
        {
            loss.Dispose();
            throw;
        }
    }

    /// <summary>Makes one with initial parameters from torch's generator, as a training begins with.</summary>
    /// <param name="plugin">The loss.</param>
    /// <param name="features">Gives E.</param>
    /// <param name="classes">C.</param>
    public static IMetricLoss MakeFresh(BoundPlugin plugin, FeatureSet features, int classes) => Make(plugin, features, classes, ScalarType.Float32);

    private static IMetricLoss Make(BoundPlugin plugin, FeatureSet features, int classes, ScalarType precision)
    {
        using var services = new ServiceCollection().AddSingleton(new LossShape(classes, features.EmbeddingSize, precision, CPU)).BuildServiceProvider();
        return plugin.Create<IMetricLoss>(services);
    }

    private static int ClassesOfProxies(IProxyLoss loss, FeatureSet features)
    {
        if (!features.LossParameters.TryGetValue("proxies", out var proxies) || proxies.Dimensions != 2) return 0;
        return proxies.shape[0] % loss.ProxiesPerClass == 0 ? (int)(proxies.shape[0] / loss.ProxiesPerClass) : 0;
    }

    private static void Load(IMetricLoss loss, BoundPlugin plugin, FeatureSet features)
    {
        using var noGradient = no_grad();
        foreach (var (name, value) in loss.Parameters)
        {
            if (!features.LossParameters.TryGetValue(name, out var saved))
            {
                throw new DmlException($"{features.Source}: expected a tensor \"loss.{name}\" for the loss {plugin.Plugin.Name}, found {Found(features)}; "
                    + "add it to the file or choose the loss that the model was trained with.");
            }

            if (!saved.shape.SequenceEqual(value.shape))
            {
                throw new DmlException($"{features.Source}: expected \"loss.{name}\" of shape ({string.Join(", ", value.shape)}) "
                    + $"for the loss {plugin.Plugin.Name}, {features.LabelledClassCount} training classes and {features.EmbeddingSize} dimensions, "
                    + $"found ({string.Join(", ", saved.shape)}); the arrays must come from one model.");
            }

            value.copy_(saved);
        }
    }

    private static string Found(FeatureSet features) =>
        features.LossParameters.Count == 0
            ? "none that begins with \"loss.\""
            : string.Join(", ", features.LossParameters.Keys.Order(StringComparer.Ordinal).Select(k => "loss." + k));
}
