using Dml.Engine.Features;
using Dml.Engine.Models;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>Caches features as the last layer of a head sees them: as they are for a linear head, the hidden activations of an MLP.</summary>
/// <param name="model">The fitted head.</param>
/// <param name="progress">Receives progress.</param>
/// <param name="cancellationToken">Stops it between two blocks.</param>
internal sealed class FittedFeatures(Network model, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
{
    /// <summary>Writes a features file, block by block.</summary>
    /// <param name="path">The file.</param>
    /// <param name="loss">The fitted loss.</param>
    /// <param name="training">The training split.</param>
    /// <param name="labels">N labels that were trained on.</param>
    /// <param name="test">The test split.</param>
    public void Write(string path, IMetricLoss loss, FeatureSplit training, int[] labels, FeatureSplit test)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var none = empty(0, model.FeatureSize);
        using var set = new FeatureSet(
            "this run", none, Labels(labels), none.alias(), Labels(test.Labels), Copy(model.Head.weight!), Copy(model.Head.bias!),
            loss.Parameters.ToDictionary(p => p.Name, p => Copy(p.Value), StringComparer.Ordinal), training.Ids, test.Ids)
        {
            Notes = NotesOf(model),
        };
        FeatureFile.Write(path, set, Blocks(training, "cache training features"), Blocks(test, "cache test features"), null);
    }

    /// <summary>What a reader of results must know of the features of an MLP head; nothing for a linear one.</summary>
    /// <param name="model">The model.</param>
    public static IReadOnlyList<string> NotesOf(Network model) => model.Hidden is null ? [] :
    [
        $"The head is an MLP: features are the {model.FeatureSize} activations of its hidden layer, and what is explained is the last layer alone, "
            + "the hidden layer being held fixed.",
    ];

    private static Tensor Labels(IEnumerable<int> labels) => tensor(labels.Select(l => (long)l).ToArray());

    private static Tensor Copy(Tensor parameter) => parameter.detach().cpu().clone();

    private FeatureBlocks Blocks(FeatureSplit split, string stage)
    {
        var dtype = model.Hidden is null ? split.Parts[0].KeptDtype : float32;
        return new(new(dtype, [split.Count, model.FeatureSize]), Make());

        IEnumerable<Tensor> Make()
        {
            var done = 0L;
            foreach (var block in split.Blocks())
            {
                cancellationToken.ThrowIfCancellationRequested();
                done += block.shape[0];
                yield return Cache(model, block, dtype);
                block.Dispose();
                progress.Report(new(stage, done, split.Count));
            }
        }
    }

    /// <summary>What the last layer is given of features.</summary>
    /// <param name="model">The model.</param>
    /// <param name="block">(n, D of the backbone).</param>
    /// <param name="dtype">dtype of the result.</param>
    /// <returns>(n, D), on the CPU.</returns>
    public static Tensor Cache(Network model, Tensor block, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var cached = model.Hidden is null ? block : model.HiddenOf(block.to(float32).to(model.Device)).cpu();
        return cached.to(dtype).alias().MoveToOuterDisposeScope();
    }
}
