using Dml.Configuration;
using Dml.Engine.Evaluation;
using Dml.Engine.Plugins;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Numerics;
using Dml.Torch;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>
/// A trained model as arrays: cached features of both splits, the linear head and the loss. That is all that retrieval errors, their
/// causes and suspicious labels need, whether the model was trained here or elsewhere.
/// </summary>
public sealed partial class Model : IDisposable
{
    private long[]? _trainingLabels;
    private long[]? _testLabels;
    private Confusions? _confusions;

    /// <summary>(N) labels of the training samples.</summary>
    public IReadOnlyList<long> TrainingLabels => _trainingLabels ??= Features.TrainLabels.Values<long>();

    /// <summary>(M) labels of the test items.</summary>
    public IReadOnlyList<long> TestLabels => _testLabels ??= Features.TestLabels.Values<long>();

    /// <summary>N stable names of the training samples.</summary>
    public IReadOnlyList<string> TrainingIds => Features.TrainIds;

    /// <summary>M stable names of the test items.</summary>
    public IReadOnlyList<string> TestIds => Features.TestIds;

    /// <summary>The wrong test items, singly and in groups. Found when first asked for.</summary>
    /// <exception cref="DmlException">There are fewer than two test items.</exception>
    public Confusions Confusions => _confusions ??= new(this);

    /// <summary>Opens a features file (safetensors), or a folder of .npy files; see the README for its arrays.</summary>
    /// <param name="path">The file.</param>
    /// <param name="loss">Plugin name of the loss that the model was trained with.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <exception cref="DmlException">An array is missing or not sound, or there is no such loss.</exception>
    public static Model FromFile(string path, string loss, PluginCatalog? plugins = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(loss);
        NativeTorch.EnsureLoaded();
        return OpenFeatures(path, plugins ?? PluginCatalog.Default, loss, null, []);
    }

    /// <summary>Makes a model of arrays, which are not copied and must not change.</summary>
    /// <param name="arrays">The arrays; they stay the caller's.</param>
    /// <param name="loss">Plugin name of the loss that the model was trained with.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <exception cref="DmlException">An array has another shape or dtype than it must have, or there is no such loss.</exception>
    public static Model FromArrays(ModelArrays arrays, string loss, PluginCatalog? plugins = null)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        ArgumentNullException.ThrowIfNull(loss);
        return FromArrays(arrays, LossAlone(loss), plugins ?? PluginCatalog.Default);
    }

    /// <summary>Makes a model of arrays with the loss of an options record, for example <c>new SoftTripleOptions { Centers = 10 }</c>.</summary>
    /// <param name="arrays">The arrays; they stay the caller's.</param>
    /// <param name="loss">The options record of a loss that the program references.</param>
    /// <param name="plugins">Loaded plugins; <see cref="PluginCatalog.Default"/> when not given.</param>
    /// <exception cref="DmlException">An array has another shape or dtype than it must have, or no loss takes such options.</exception>
    public static Model FromArrays(ModelArrays arrays, object loss, PluginCatalog? plugins = null)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        ArgumentNullException.ThrowIfNull(loss);
        if (loss is string name) return FromArrays(arrays, name, plugins);
        var plugin = PluginOptions.PluginOf(loss);
        var root = TypedOptions.Choose(ConfigNode.Object([], "", new("program", 0)), plugin, loss);
        return FromArrays(arrays, root, (plugins ?? PluginCatalog.Default).With(plugin));
    }

    /// <summary>Prepares an estimator, for confusions that are explained one after another.</summary>
    /// <param name="estimator">Plugin name; the one of the run's config, or eif, when not given.</param>
    /// <param name="float64">Compute in double precision.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">There is no such estimator, or it cannot explain the loss.</exception>
    public Explainer Explainer(
        string? estimator = null, bool float64 = false, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default) =>
        new(this, OpenInfluence(Precision(float64), progress ?? Quiet.Instance, cancellationToken, estimator));

    /// <summary>Prepares an estimator by its options record, for example <c>new EifOptions { Steps = 50 }</c>.</summary>
    /// <param name="options">The options record of an estimator that the program references.</param>
    /// <param name="float64">Compute in double precision.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">No estimator takes such options, one is out of range, or it cannot explain the loss.</exception>
    public Explainer Explainer(object options, bool float64 = false, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is string name) return Explainer(name, float64, progress, cancellationToken);
        var explained = _explained ?? throw new InvalidOperationException("The model was opened without plugins.");
        return new(this, Prepare(explained.Bind(options), Precision(float64), progress ?? Quiet.Instance, cancellationToken));
    }

    /// <summary>Scores every training sample for each confusion.</summary>
    /// <param name="confusions">At least one, for example of <see cref="Confusions"/>.</param>
    /// <param name="estimator">Plugin name; the one of the run's config, or eif, when not given.</param>
    /// <param name="float64">Compute in double precision.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">There is no such estimator, or a score is not finite.</exception>
    public Explanation Explain(
        IReadOnlyList<Confusion> confusions, string? estimator = null, bool float64 = false, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var explainer = new Explainer(
            this, OpenInfluence(Precision(float64), progress ?? Quiet.Instance, cancellationToken, estimator), keeps: false);
        return explainer.Explain(confusions, progress, cancellationToken);
    }

    /// <summary>Scores every training sample for each confusion by an estimator's options record, for example <c>new EifOptions { Steps = 50 }</c>.</summary>
    /// <param name="confusions">At least one, for example of <see cref="Confusions"/>.</param>
    /// <param name="options">The options record of an estimator that the program references.</param>
    /// <param name="float64">Compute in double precision.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">No estimator takes such options, one is out of range, or a score is not finite.</exception>
    public Explanation Explain(
        IReadOnlyList<Confusion> confusions, object options, bool float64 = false, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var explainer = Explainer(options, float64, progress, cancellationToken);
        return explainer.Explain(confusions, progress, cancellationToken);
    }

    /// <summary>Retrieval quality of the test split, from the cached features.</summary>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public RetrievalQuality Evaluate(IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var settings = EvaluationConfig.Of(Run, []);
        return RetrievalQuality.Of(new RetrievalEvaluation(settings, progress ?? Quiet.Instance, cancellationToken).Evaluate(Features, Dataset, []));
    }

    /// <summary>Name of a class, or its number where names are not known.</summary>
    /// <param name="label">The class.</param>
    public string ClassName(long label) => _classNames is { } names && label < names.Count ? names[(int)label] : FormattableString.Invariant($"class {label}");

    /// <summary>Frees the arrays.</summary>
    public void Dispose()
    {
        foreach (var checkpoint in _checkpoints) checkpoint.Dispose();
        Features.Dispose();
    }

    private static Model FromArrays(ModelArrays arrays, ConfigNode root, PluginCatalog plugins)
    {
        NativeTorch.EnsureLoaded();
        return new(Origin.Memory, arrays.Checked(), null, null, new(plugins, root, null, [], null), arrays.ClassNames);
    }

    private static ScalarType Precision(bool float64) => float64 ? ScalarType.Float64 : ScalarType.Float32;
}
