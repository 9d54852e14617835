using Dml.Engine.Fixing;
using Dml.Engine.Sessions;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>Which changes of the training data are worth making.</summary>
public static class ModelFix
{
    /// <summary>Tries changes of the training data on the cached features and judges them by test items that nothing was chosen by; writes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How changes are tried; null for the defaults.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <exception cref="DmlException">There are too few test items, the estimator has no sign or is not there, or a loss is not finite.</exception>
    public static FixResult Fix(
        this Model model, FixOptions? options = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Fix(model, [], options ?? new(), progress ?? Quiet.Instance, cancellationToken);
    }

    /// <summary>Tries changes of the training data on augmented views of the images, or on the cached features where there are none; writes nothing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">How changes are tried; null for the defaults.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <exception cref="DmlException">There are too few test items, the estimator has no sign or is not there, or a loss is not finite.</exception>
    public static FixResult Fix(
        this Run run, FixOptions? options = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        options ??= new();
        progress ??= Quiet.Instance;
        using var views = AugmentedViews.Make(
            run.Folder, run.Dataset, run.Model.Catalog, options, run.Model.Features.HeadWeight.shape[1], progress, cancellationToken);
        return Fix(run.Model, views.Views, options, progress, cancellationToken);
    }

    private static FixResult Fix(
        Model model, IReadOnlyList<Tensor> views, FixOptions options, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var trials = new HeadTrials(model, views, options, (_, compute) => compute(), cancellationToken);
        return new Fixer(model, options, trials, Harm, progress).Run(views.Count);

        double[] Harm(Confusion confusion)
        {
            using var explanation = model.Explain([confusion], options.Estimator, progress: progress, cancellationToken: cancellationToken);
            if (explanation.IsSigned) return explanation.HarmOf(confusion);
            throw new DmlException($"estimator: expected one whose scores have a sign, found {options.Estimator}, which scores relevance; choose another.");
        }
    }
}
