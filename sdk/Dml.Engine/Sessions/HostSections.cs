using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Data;
using Dml.Engine.Evaluation;
using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Training;

namespace Dml.Engine.Sessions;

/// <summary>The root keys of a config that choose no plugin.</summary>
internal static class HostSections
{
    public const string Seed = "seed";
    public const string Device = "device";
    public const string Threads = "threads";
    public const string BaseFolder = Composer.BaseFolderKey;
    public const string Noise = "noise";
    public const string Relabels = "relabels";
    public const string Excludes = "excludes";
    public const string Images = "images";
    public const string Head = "head";
    public const string Training = "training";
    public const string Evaluation = "evaluation";
    public const string Features = "features";

    public static IReadOnlyList<ConfigSection> All { get; } =
    [
        ConfigSection.Value(
            new OptionSchema(Seed, "integer", "0", "Decides every random draw of the run.") { Minimum = 0 }, 0L, ConfigValue.Int64(0)),
        ConfigSection.Value(
            new OptionSchema(Device, "text", "\"auto\"", "auto (a GPU if there is one), cpu, cuda or cuda:n."), "auto", ConfigValue.String),
        ConfigSection.Value(
            new OptionSchema(Threads, "integer", "0", "Threads of libtorch; 0 for all cores. Byte-identical runs need the same number.")
            {
                Minimum = 0,
                Maximum = 1024,
            },
            0, ConfigValue.Int32(0, 1024)),
        ConfigSection.Value(
            new OptionSchema(BaseFolder, "text", "\".\"", "Folder that relative paths of the dataset start at; itself relative to the config file."), ".",
            ConfigValue.String),
        ConfigSection.Record<NoiseOptions>(Noise, "Deliberate label noise of known samples.", NoiseOptionsBinder.Schema, NoiseOptionsBinder.Bind),
        ConfigSection.Value(
            new OptionSchema(Relabels, "text", "\"\"", "A CSV file with corrected labels of training samples (columns id, "
                + "old_class, new_class), as `dml fix` writes it; empty for none. A relative path starts at baseFolder."),
            "", ConfigValue.String),
        ConfigSection.Value(
            new OptionSchema(Excludes, "text", "\"\"", "A CSV file with training samples to leave out (column id), as `dml fix` writes it; empty for none. "
                + "A relative path starts at baseFolder."),
            "", ConfigValue.String),
        ConfigSection.Record<ImageOptions>(Images, "How image files become the input of the backbone.", ImageOptionsBinder.Schema, ImageOptionsBinder.Bind),
        ConfigSection.Record<HeadOptions>(Head, "What maps features to embeddings.", HeadOptionsBinder.Schema, HeadOptionsBinder.Bind),
        ConfigSection.Record<TrainingOptions>(Training, "How the model is trained.", TrainingOptionsBinder.Schema, ScheduleList.Bind)
            with { Named = [ScheduleList.Option, SamplerList.Option] },
        ConfigSection.Record<EvaluationOptions>(Evaluation, "How the test split is evaluated.", MetricList.Schema, MetricList.Bind),
        ConfigSection.Record<FeaturesOptions>(
            Features, "Given features that a head is fitted on, in place of dataset and backbone.", FeaturesOptionsBinder.Schema, FeaturesOptionsBinder.Bind)
            with { WrittenWhereGiven = true },
    ];

    /// <summary>Those of a run that is fitted on given features, where there are no images.</summary>
    public static IReadOnlyList<ConfigSection> OfFeatures { get; } = [.. All.Where(section => section.Key != Images)];
}
