using System.CommandLine;
using Dml.Engine;
using Dml.Engine.Evaluation;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Torch;

namespace Dml.Host.Commands;

/// <summary>The arguments by which every explaining command gets its model: a run folder, or a features file with the names of loss and estimator.</summary>
internal sealed class ModelSource
{
    private readonly Argument<string?> _run = new("RUN") { Description = "A run folder.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _features = new("--features")
    {
        Description = "A features file (safetensors) of a model trained elsewhere, or a folder of .npy files, in place of RUN.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _loss = new("--loss") { Description = "With --features: the loss that the model was trained with.", HelpName = "NAME" };
    private readonly Option<string?> _estimator = new("--estimator") { Description = "The influence estimator; the config's, or eif.", HelpName = "NAME" };
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string[]> _plugins = CommonOptions.Plugins();
    private readonly Option<string?> _out = CommonOptions.Out("Where the results go; the run folder when RUN is given.");

    public static ModelSource AddTo(Command command)
    {
        var source = new ModelSource();
        command.Arguments.Add(source._run);
        foreach (var option in new Option[] { source._features, source._loss, source._estimator, source._set, source._plugins, source._out })
        {
            command.Options.Add(option);
        }

        return source;
    }

    /// <summary>Whether an estimator is asked for, by its name or by a setting of it.</summary>
    public bool NamesEstimator(ParseResult arguments) => arguments.GetValue(_estimator) is not null
        || arguments.GetValue(_set)!.Any(setting => setting.Split('=', '.')[0].Trim() == "estimator");

    /// <summary>The settings of --set that a command takes for itself.</summary>
    public string[] Settings(ParseResult arguments, Func<string, bool> takes) => [.. arguments.GetValue(_set)!.Where(takes)];

    /// <summary>Whether a loss is known: that of a run, or one that is named.</summary>
    public bool HasLoss(ParseResult arguments) => arguments.GetValue(_run) is not null || arguments.GetValue(_loss) is not null;

    /// <summary>Opens the model.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="withPlugins">Whether loss and estimator are needed.</param>
    /// <param name="evaluates">Whether the command asks for <see cref="Evaluation"/>, so that its settings are no mistake.</param>
    /// <param name="scorer">Name of the scorer that takes the estimator's place, or null.</param>
    /// <param name="severalEstimators">Whether the command asks for <see cref="EstimatorSettings"/>, since it takes several estimators.</param>
    /// <param name="takes">Which settings the command takes for itself.</param>
    public Model Open(
        ParseResult arguments, bool withPlugins, bool evaluates = false, string? scorer = null, bool severalEstimators = false,
        Func<string, bool>? takes = null)
    {
        takes ??= setting => evaluates && EvaluationConfig.Takes(setting);
        string[] overrides = [.. arguments.GetValue(_set)!.Where(setting => !takes(setting))];
        var (run, features) = (arguments.GetValue(_run), arguments.GetValue(_features));
        if (run is null == features is null)
        {
            throw new DmlException($"Expected either a run folder or --features FILE, found {(run is null ? "neither" : "both")}; give one of them.");
        }

        if (run is not null && arguments.GetValue(_loss) is not null)
        {
            throw new DmlException("--loss: expected it with --features only, found it with a run, which has its loss in its config; leave it out.");
        }

        if (scorer is not null && arguments.GetValue(_estimator) is not null)
        {
            throw new DmlException("--estimator: expected it without --scorer, which takes its place, found both; give one of them.");
        }

        // Given a loss, an estimator or settings, they are checked even where they have no effect.
        withPlugins |= arguments.GetValue(_loss) is not null || arguments.GetValue(_estimator) is not null || overrides.Length > 0;
        NativeTorch.EnsureLoaded();
        var catalog = withPlugins ? PluginCatalog.Load(arguments.GetValue(_plugins)!) : null;
        if (severalEstimators) overrides = [.. overrides.Where(setting => !Engine.Sessions.EstimatorSettings.IsOne(catalog!, setting))];
        var model = run is not null
            ? Model.OpenRun(run, catalog, arguments.GetValue(_estimator), overrides, scorer)
            : Model.OpenFeatures(features!, catalog, arguments.GetValue(_loss), arguments.GetValue(_estimator), overrides, scorer);
        foreach (var warning in model.Warnings) WriterLock.Warn(warning);
        return model;
    }

    /// <summary>How the open model is to be evaluated: the run's settings or the defaults, with those of --set.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="model">The open model.</param>
    public EvaluationSettings Evaluation(ParseResult arguments, Model model) =>
        EvaluationConfig.Of(model.Run, [.. arguments.GetValue(_set)!.Where(EvaluationConfig.Takes)]);

    /// <summary>The settings of --set that are of estimators.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="model">The model, opened for several estimators.</param>
    public EstimatorSettings EstimatorSettings(ParseResult arguments, Model model) =>
        new(model.Catalog, [.. arguments.GetValue(_set)!.Where(setting => Engine.Sessions.EstimatorSettings.IsOne(model.Catalog, setting))]);

    /// <summary>Where results go: --out, else the run folder.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="model">The open model.</param>
    /// <param name="required">Refuse when there is neither.</param>
    public string? OutputFolder(ParseResult arguments, Model model, bool required)
    {
        var folder = arguments.GetValue(_out) ?? model.Run?.Path;
        if (folder is null) return required ? throw new DmlException("--out: expected a folder for the results, found nothing; give --out DIR.") : null;
        return ResultsFolder.Check(folder, model.Run?.Path);
    }
}
