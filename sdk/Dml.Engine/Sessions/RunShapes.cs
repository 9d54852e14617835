using Dml.Engine.Features;
using Dml.Engine.Runs;
using Dml.Numerics;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Sessions;

/// <summary>Do the files of a run speak of the same samples and the same model?</summary>
internal static class RunShapes
{
    private const string HeadWeight = "head.weight";

    /// <summary>Refuses a list of samples whose labels are no classes of it.</summary>
    /// <param name="dataset">The list.</param>
    /// <exception cref="DmlException">A label is out of range.</exception>
    public static void Require(DatasetRecord dataset)
    {
        if (dataset.TrainingClassCount > dataset.ClassNames.Count)
        {
            throw new DmlException($"{dataset.TrainingClassCount} training classes among {dataset.ClassNames.Count} classes");
        }

        RequireLabels("training", dataset.Training, dataset.TrainingClassCount);
        RequireLabels("test", dataset.Test, dataset.ClassNames.Count);
    }

    /// <summary>Reads the features whole and compares them with the samples and the weights.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">Its samples; null where they cannot be read.</param>
    /// <exception cref="DmlException">The file is not sound, or of other samples or another model.</exception>
    public static void RequireFeatures(RunFolder run, DatasetRecord? dataset)
    {
        using var scope = NewDisposeScope();
        using var features = FeatureFile.Read(run.Features);
        if (dataset is not null)
        {
            RequireSamples("training", dataset.Training, features.TrainIds, features.TrainLabels);
            RequireSamples("test", dataset.Test, features.TestIds, features.TestLabels);
        }

        if (!File.Exists(run.Checkpoint) || Weight(run.Checkpoint) is not { } weight) return;
        if (!weight.shape.SequenceEqual(features.HeadWeight.shape) || !weight.equal(features.HeadWeight).all().item<bool>())
        {
            throw new DmlException($"its head is another one than in {Path.GetFileName(run.Checkpoint)}");
        }
    }

    /// <summary>Null where the file cannot be read, which is said of that file.</summary>
    private static Tensor? Weight(string path)
    {
        try
        {
            var file = SafeTensors.Open(path);
            return file.Entries.ContainsKey(HeadWeight) ? file.Load(HeadWeight) : null;
        }
        catch (DmlException)
        {
            return null;
        }
    }

    private static void RequireLabels(string split, IReadOnlyList<SampleRecord> samples, int classes)
    {
        foreach (var (index, sample) in samples.Index())
        {
            if (sample.Label < 0 || sample.Label >= classes)
            {
                throw new DmlException($"label {sample.Label} of {split} sample {index} ({sample.Id}) is none of {classes} classes");
            }
        }
    }

    private static void RequireSamples(string split, IReadOnlyList<SampleRecord> samples, IReadOnlyList<string> ids, Tensor labels)
    {
        if (samples.Count != ids.Count) throw new DmlException($"{ids.Count} {split} samples, dataset.json has {samples.Count}");
        var values = labels.Values<long>();
        foreach (var (index, sample) in samples.Index())
        {
            if (sample.Id != ids[index]) throw new DmlException($"{split} sample {index} is {ids[index]}, in dataset.json {sample.Id}");
            if (sample.Label != values[index])
            {
                throw new DmlException($"the label of {split} sample {index} ({sample.Id}) is {values[index]}, in dataset.json {sample.Label}");
            }
        }
    }
}
