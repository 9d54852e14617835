using Dml.Engine.Images;
using Dml.Engine.Models;
using Dml.Engine.Runs;
using Dml.Engine.Training;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

internal sealed partial class TrainingRun
{
    /// <summary>Problems with images that are told one by one.</summary>
    private const int MostImageErrors = 20;

    /// <inheritdoc/>
    /// <remarks>No image is kept.</remarks>
    public override DataCheck Check()
    {
        var work = Directory.CreateTempSubdirectory("dml-check-");
        try
        {
            using var scope = NewDisposeScope();
            using var services = Services(new RunFolder(work.FullName), TorchDevice.Resolve(_config.Section<string>(HostSections.Device)));
            var (dataset, problem) = Attempt(services.GetRequiredService<MetricDataset>);
            return dataset is null ? new DataCheck { Errors = Problems(problem) } : Check(services, dataset);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private DataCheck Check(ServiceProvider services, MetricDataset dataset)
    {
        var (noisy, noiseProblem) = Attempt(() => AddNoise(dataset).Samples);
        var samples = noisy ?? dataset.Training;
        var (sampler, batchProblem) = Attempt(() => ITrainingSampler.Make(_training, [.. samples.Select(s => s.ClassIndex)], _seed, dataset.ClassNames));
        var (_, modelProblem) = Attempt(() => BuildModel(services));
        var train = ImageSet.Look(samples, _images, "check training images", progress, cancellationToken);
        var test = ImageSet.Look([.. dataset.Query, .. dataset.Gallery ?? []], _images, "check test images", progress, cancellationToken);
        return new DataCheck
        {
            TrainingImages = train.Samples.Count,
            TestImages = test.Samples.Count,
            TrainingClasses = dataset.TrainingClassCount,
            TestClasses = dataset.ClassNames.Count - dataset.TrainingClassCount,
            Sizes = Sizes([.. train.Facts, .. test.Facts]),
            BatchSize = sampler?.BatchSize ?? 0,
            BatchesPerEpoch = sampler?.BatchesPerEpoch ?? 0,
            Errors = [.. Problems(noiseProblem, batchProblem, modelProblem), .. ImageErrors(train, test)],
            Warnings =
            [
                .. dataset.Warnings, .. new DataRemarks(dataset, train, test).All(_images.ExifOrientation), .. sampler?.Warnings ?? [],
                .. LeftOut(train, test),
            ],
        };
    }

    /// <summary>The network and the loss with all weights that the config names, as a training makes them first.</summary>
    private bool BuildModel(ServiceProvider services)
    {
        var backbone = services.GetRequiredService<IBackbone>();
        RequireFit(backbone);
        using var model = new Network(backbone, _training.EmbeddingSize, CPU, HiddenSize(backbone));
        services.GetRequiredService<IMetricLoss>();
        PretrainedLoader.Load(backbone, model.Backbone, _baseDirectory);
        return true;
    }

    private IReadOnlyList<DmlException> ImageErrors(ImageSurvey train, ImageSurvey test)
    {
        if (_images.OnDecodeError == DecodeErrorAction.Skip)
        {
            return Problems([.. new[] { train, test }.Select(survey => Attempt(() => Usable(survey)).Problem)]);
        }

        DmlException[] problems = [.. train.Problems, .. test.Problems];
        return problems.Length <= MostImageErrors ? problems
            :
            [
                .. problems.Take(MostImageErrors),
                new DmlException(
                    $"Expected images that can be used, found {problems.Length} of {train.Count + test.Count} that cannot; "
                        + $"the first {MostImageErrors} are named."),
            ];
    }

    private bool Usable(ImageSurvey survey)
    {
        survey.RequireUsable(_images.OnDecodeError);
        return true;
    }

    private IReadOnlyList<string> LeftOut(ImageSurvey train, ImageSurvey test)
    {
        if (_images.OnDecodeError == DecodeErrorAction.Refuse) return [];
        string[] all = [.. train.LeftOut, .. test.LeftOut];
        return all.Length <= MostImageErrors ? all
            : [.. all.Take(MostImageErrors), $"{all.Length} images would be left out; the first {MostImageErrors} are named."];
    }

    private static ImageSizes? Sizes(IReadOnlyList<ImageFacts> facts)
    {
        if (facts.Count == 0) return null;
        PixelSize[] ordered = [.. facts.Select(f => new PixelSize(f.Width, f.Height)).OrderBy(s => (long)s.Width * s.Height).ThenBy(s => s.Width)];
        return new(ordered[0], ordered[(ordered.Length - 1) / 2], ordered[^1]);
    }

    private static IReadOnlyList<DmlException> Problems(params IReadOnlyList<DmlException?> found) => [.. found.OfType<DmlException>()];

    /// <summary>A value, or why there is none: a check goes on after a mistake of the user's and tells of all of them.</summary>
    private static (T? Value, DmlException? Problem) Attempt<T>(Func<T> make)
    {
        try
        {
            return (make(), null);
        }
        catch (DmlException problem)
        {
            return (default, problem);
        }
    }
}
