namespace Dml.Engine.Runs;

/// <summary>The validation after an epoch of the main run.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="RecallAt1">R@1 on the validation classes.</param>
/// <param name="Nmi">Normalised mutual information of k-means clusters and classes.</param>
/// <param name="HarmonicMean">Of the two: what the schedule watches.</param>
internal sealed record EpochValidation(int Epoch, double RecallAt1, double Nmi, double HarmonicMean);

/// <summary>validation.json: what a full training takes over from a validating one.</summary>
/// <param name="Milestones">Epochs from 0 that were the first to be trained at a lower rate.</param>
/// <param name="BestEpoch">The epoch from 0 with the best harmonic mean, the first of equal ones.</param>
/// <param name="Epochs">All validations.</param>
internal sealed record ValidationRecord(IReadOnlyList<int> Milestones, int BestEpoch, IReadOnlyList<EpochValidation> Epochs)
{
    /// <summary>Reads the record of a validating run.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="DmlException">The run did not validate.</exception>
    public static ValidationRecord Read(RunFolder run) =>
        RunFile.TryRead(run.Validation, RunJson.Default.ValidationRecord, $"{Mention.Operation("train")} with training.mode validate")
            ?? throw new DmlException($"Expected a run that was trained with training.mode validate in {run.Path}, "
                + $"found no {Path.GetFileName(run.Validation)}; train one, or give training.milestones by hand.");

    public void Write(RunFolder run) => RunFile.Write(run.Validation, this, RunJson.Default.ValidationRecord);
}
