using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Engine;

public sealed partial class Model
{
    private readonly IReadOnlyList<string>? _classNames;
    private Neighbours? _neighbours;
    private SampleNames? _names;

    private Model(
        Origin origin, FeatureSet features, RunFolder? run, DatasetRecord? dataset, Explained? explained, IReadOnlyList<string>? classNames = null) =>
        (Origin, Features, Run, Dataset, _explained, _classNames) = (origin, features, run, dataset, explained, classNames ?? dataset?.ClassNames);

    /// <summary>Ids and classes of the samples, for lists and sentences.</summary>
    internal SampleNames Names => _names ??= Features.Names(_classNames);

    /// <summary>The arrays.</summary>
    internal FeatureSet Features { get; }

    /// <summary>The run they belong to, or null.</summary>
    internal RunFolder? Run { get; }

    /// <summary>The run's samples, or null.</summary>
    internal DatasetRecord? Dataset { get; }

    /// <summary>What results of this model come from: the content of its files when it was opened.</summary>
    internal Origin Origin { get; private set; }

    /// <summary>What the user should know: files of the run that are not what they were when it was completed, and what the features lack.</summary>
    internal IReadOnlyList<string> Warnings => [.. Run is null ? [] : RunInputs.Warnings(Run), .. Features.Notes];

    /// <summary>Nearest neighbour of each test item among the others.</summary>
    internal Neighbours Neighbours
    {
        get
        {
            if (_neighbours is not null) return _neighbours;
            if (Features.TestCount < 2)
            {
                throw new DmlException($"{Features.Source}: expected at least two test items, found {Features.TestCount}; confusions are pairs of them.");
            }

            using var scope = NewDisposeScope();
            return _neighbours = NearestNeighbours.Within(Features.TestEmbeddings(), 1);
        }
    }

    /// <summary>Takes neighbours that were found before, by another process for the same features.</summary>
    /// <param name="found">Of each test item among the others, at least one.</param>
    internal void Adopt(Neighbours found) => _neighbours = found;

    /// <summary>Opens a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="catalog">Loaded plugins; null when loss and estimator are not needed.</param>
    /// <param name="estimator">Name of another estimator than the config's, or null.</param>
    /// <param name="overrides">Values that take the place of the config's, each <c>path=value</c>.</param>
    /// <param name="scorer">Name of the scorer that takes the estimator's place, or null.</param>
    /// <param name="dataset">Its list of samples where that has been read before, or null.</param>
    internal static Model OpenRun(
        string path, PluginCatalog? catalog, string? estimator, IReadOnlyList<string> overrides, string? scorer = null, DatasetRecord? dataset = null)
    {
        var run = RunFolder.Open(path);
        var origin = Origin.Of(run);
        var explained = catalog is null ? null : new Explained(catalog, ConfigFile.Load(run.Config), estimator, overrides, scorer);
        return new(origin, FeatureFile.Read(run.Features), run, dataset ?? DatasetRecord.Read(run), explained);
    }

    /// <summary>Opens a features file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="catalog">Loaded plugins; null when loss and estimator are not needed.</param>
    /// <param name="loss">Name of the loss; needed with a catalog.</param>
    /// <param name="estimator">Name of the estimator, or null for the default.</param>
    /// <param name="overrides">Values that take the place of the config's, each <c>path=value</c>.</param>
    /// <param name="scorer">Name of the scorer that takes the estimator's place, or null.</param>
    internal static Model OpenFeatures(
        string path, PluginCatalog? catalog, string? loss, string? estimator, IReadOnlyList<string> overrides, string? scorer = null)
    {
        var origin = Origin.Of(path);
        if (catalog is null) return GivenHead.IsIn(path) ? new(origin, FeatureFile.Read(path), null, null, null) : FromFeatures(path);
        if (loss is null)
        {
            Wording remedy = $"give it, for example {Mention.Option("loss", "proxy-nca-pp")}";
            throw new DmlException("loss", "the name of the loss that the model was trained with", "nothing", remedy);
        }

        return new(origin, FeatureFile.Read(path), null, null, new(catalog, LossAlone(loss), estimator, overrides, scorer));
    }

    private static ConfigNode LossAlone(string loss) => ConfigNode.Object([new("loss", ExplainingConfig.Choice("loss", loss))], "", new("command line", 0));
}
