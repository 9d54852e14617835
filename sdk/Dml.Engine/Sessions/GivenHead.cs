using Dml.Engine.Features;
using Dml.Engine.Models;
using Dml.Engine.Training;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>The head and the loss's parameters that a features file holds (<c>head.weight</c>, <c>head.bias</c>, <c>loss.*</c>), kept as they are.</summary>
internal static class GivenHead
{
    /// <summary>Whether a file or folder of features has a head or parameters of a loss, and so is of a trained model.</summary>
    /// <param name="path">The features.</param>
    public static bool IsIn(string path)
    {
        if (!Directory.Exists(path) && Path.GetExtension(path) != ".safetensors") return false;
        using var arrays = FeatureArrays.Open(path);
        return arrays.Names.Any(name => name.StartsWith("head.", StringComparison.Ordinal) || name.StartsWith("loss.", StringComparison.Ordinal));
    }

    /// <summary>E, rows of the head.</summary>
    /// <param name="path">The features.</param>
    /// <exception cref="DmlException">There is no head, or an array is not sound.</exception>
    public static int EmbeddingSizeOf(string path)
    {
        if (!IsIn(path))
        {
            throw new DmlException(
                "features", "arrays with the head that they were trained with, head.weight (E, D)", "none", $"{Mention.Operation("fit")} trains one", path);
        }

        using var set = FeatureFile.Read(path);
        return set.EmbeddingSize;
    }

    /// <summary>Puts them into a model in place of a training.</summary>
    /// <param name="path">The features.</param>
    /// <param name="model">The model to fill.</param>
    /// <param name="loss">Its loss.</param>
    /// <exception cref="DmlException">One is missing or has another shape than the loss and the classes ask for.</exception>
    public static TrainingOutcome Fill(string path, Network model, IMetricLoss loss)
    {
        using var scope = NewDisposeScope();
        using var set = FeatureFile.Read(path);
        var saved = set.LossParameters.ToDictionary(p => "loss." + p.Key, p => p.Value.to(float32), StringComparer.Ordinal);
        (saved["head.weight"], saved["head.bias"]) = (set.HeadWeight.to(float32), set.HeadBias.to(float32));
        ModelTensors.Load(model, loss, saved, path);
        return new([], []);
    }
}
