using Dml.Engine;
using Dml.Engine.Config;
using Dml.Engine.Data;
using Dml.Engine.Images;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Dml.Tests.Support;

namespace Dml.Tests.Composition;

/// <summary>Every config file of the repository binds, and the published runs have the numbers of the publication.</summary>
public class ShippedConfigTests
{
    private static readonly string Folder = Path.GetFullPath("../../configs", Fixtures.Path());

    private static readonly Lazy<PluginCatalog> Catalog = new(() => PluginCatalog.LoadFrom([(string)AppContext.GetData("Dml.PluginsDir")!]));

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal)];

    /// <summary>Files that others extend and that leave a section open.</summary>
    private static readonly string[] Bases = ["recipe.json", "softtriple-recipe.json", "proxy-anchor-recipe.json", "cub.json", "cars.json", "inshop.json"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_config_binds(string file)
    {
        string[] missing = Bases.Contains(Path.GetFileName(file)) && file.StartsWith("published", StringComparison.Ordinal)
            ? ["--set", "dataset={\"name\": \"glyphs\"}", "--set", "loss=proxy-nca-pp"] : [];
        RunMaking.Bind(ConfigFile.Load(Path.Combine(Folder, file), [.. missing.Where(m => m != "--set")]), Catalog.Value);
    }

    public static TheoryData<string, string, string, double> Published
    {
        get
        {
            var data = new TheoryData<string, string, string, double>();
            foreach (var dataset in new[] { "cub", "cars", "inshop" })
            {
                foreach (var loss in new[] { "proxy-nca-pp", "softtriple" })
                {
                    data.Add($"{dataset}-{loss}", dataset, loss, 0);
                    data.Add($"{dataset}-{loss}-noisy", dataset, loss, 0.1);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void The_twelve_published_runs_have_the_numbers_of_the_publication(string file, string dataset, string loss, double noise)
    {
        var config = RunMaking.Bind(ConfigFile.Load(Path.Combine(Folder, "published", file + ".json")), Catalog.Value);
        Assert.Equal(
            [dataset, "resnet50", loss],
            new[] { PluginKind.Dataset, PluginKind.Backbone, PluginKind.Loss }.Select(kind => config.Plugin(kind)!.Plugin.Name));
        Assert.Equal((noise, NoiseGenerator.Numpy), (config.Section<NoiseOptions>("noise").Share, config.Section<NoiseOptions>("noise").Generator));
        var training = config.Section<TrainingOptions>("training");
        Assert.Equal((5, 40, 512, 10), (training.WarmUpEpochs, training.Epochs, training.EmbeddingSize, training.GradientClip));
        Assert.Equal(dataset == "inshop" ? (32, 3) : (8, 4), (training.BatchClasses, training.BatchImages));
        var optimizer = training.Optimizer;
        Assert.Equal(
            (OptimizerKind.Adam, 4e-3, 4e-3, 4e2, 1.0, 0.0),
            (optimizer.Kind, optimizer.LearningRate, optimizer.HeadLearningRate, optimizer.ProxyLearningRate, optimizer.Epsilon, optimizer.WeightDecay));
        var images = config.Section<ImageOptions>("images");
        Assert.Equal((256, 288, 256, InfluenceView.Whole), (images.Size, images.Resize, images.SideOf(ImageView.Influence), images.InfluenceView));
        Assert.Equal((AugmentationKind.RandomResizedCrop, true), (images.Augmentation.Kind, images.Augmentation.HorizontalFlip));
    }
}
