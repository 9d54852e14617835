using System.Text;
using Dml.Engine.Data;
using Dml.Engine.Runs;
using Dml.Engine.Sessions;
using Dml.Engine.Training;
using Dml.Numerics;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine;

/// <summary>Suspicious labels, and what other labels would change.</summary>
public sealed partial class Model
{
    private LabelConsensus? _consensus;

    /// <summary>
    /// The training samples in the order in which to check their labels, each with the label that the others suggest. Needs neither errors nor
    /// known noise: ranked by the consensus of detectors, each of which judges a sample by the others alone (numerics, section 8).
    /// </summary>
    /// <param name="scorer">Plugin name of a training scorer that ranks instead, for example <c>self-influence</c>; null for the consensus.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>All N samples, most suspicious first; equal ones by index.</returns>
    /// <exception cref="DmlException">There is no such scorer, or fewer than two samples.</exception>
    public IReadOnlyList<Suspect> Suspects(string? scorer = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var consensus = Consensus(cancellationToken);
        return Suspects(scorer is null ? consensus.LogOdds : Scores(scorer, progress ?? Quiet.Instance, cancellationToken), cancellationToken);
    }

    /// <summary>The samples that speak for a suspect's suggested label: its nearest training samples that have it.</summary>
    /// <param name="suspects">At least one.</param>
    /// <param name="count">Most samples of each.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>For each suspect those among its nearest neighbours, nearest first; fewer, or none, where its neighbours have other labels.</returns>
    public IReadOnlyList<IReadOnlyList<Neighbour>> SpeakingFor(
        IReadOnlyList<Suspect> suspects, int count = 5, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(suspects);
        ArgumentOutOfRangeException.ThrowIfLessThan(suspects.Count, 1);
        using var scope = NewDisposeScope();
        var embeddings = Features.TrainEmbeddings();
        var searched = Math.Min(TrainingLabels.Count, Numerics.NeighbourVotes.DefaultK(TrainingLabels) + 1);
        var rows = embeddings.index_select(0, tensor(suspects.Select(s => (long)s.Index).ToArray()));
        var found = NearestNeighbours.Between(rows, embeddings, searched, cancellationToken);
        return [.. suspects.Select((suspect, row) => (IReadOnlyList<Neighbour>)[.. Enumerable.Range(0, found.K).Select(rank => Neighbour(found, row, rank))
            .Where(n => n.Index != suspect.Index && n.Label == suspect.SuggestedLabel).Take(count)])];
    }

    /// <summary>Detectors of wrong labels joined; made when it is first asked for.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">There are fewer than two training samples.</exception>
    internal LabelConsensus Consensus(CancellationToken cancellationToken = default)
    {
        if (_consensus is not null) return _consensus;
        RequireTwoSamples();
        using var scope = NewDisposeScope();
        return _consensus = LabelConsensus.Of(
            Features.TrainEmbeddings(), () => Features.TrainRows(new(0, Features.TrainCount)).to(float64), Features.TrainFeatures.numel(), TrainingLabels,
            TrainingClassCount, cancellationToken);
    }

    /// <summary>Samples in the order of scores, with what the consensus suggests.</summary>
    internal IReadOnlyList<Suspect> Suspects(IReadOnlyList<double> scores, CancellationToken cancellationToken)
    {
        var consensus = Consensus(cancellationToken);
        return [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i]).Select(Suspect)];

        Suspect Suspect(int i)
        {
            var (label, other) = (TrainingLabels[i], consensus.OfEmbeddings.Other[i]);
            if (other < 0) other = (int)label;
            return new(i, TrainingIds[i], label, ClassName(label), scores[i], other, ClassName(other), Vote(i, other), Vote(i, label))
            {
                Confidence = consensus.OfEmbeddings.Confidence(i),
            };
        }

        double Vote(int i, long label) => consensus.Votes?.Share(i, label) ?? double.NaN;
    }

    /// <summary>
    /// Trains the head further with other labels or weights, on the cached features alone, which takes seconds. Bias, proxies and backbone stay
    /// as they are (Liu et al., NeurIPS 2022: reweighted retraining).
    /// </summary>
    /// <param name="labels">Samples that get another label; null for none.</param>
    /// <param name="weights">N weights of the samples, at least 0, 0 leaves a sample out; null for 1 throughout.</param>
    /// <param name="options">Rate, epochs and batches; null for the published numbers with batches that the samples allow.</param>
    /// <param name="seed">Decides the batches.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <returns>A model with the new head and labels; it shares the features, so the caller disposes of it before this one.</returns>
    /// <exception cref="DmlException">A label is none of the training classes, there are too few samples for a batch, or the loss is not finite.</exception>
    public Model RetrainHead(
        IEnumerable<Relabel>? labels = null, IReadOnlyList<double>? weights = null, HeadRetrainingOptions? options = null, long seed = 0,
        IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var changed = Relabelled(labels ?? []);
        weights ??= [.. Enumerable.Repeat(1.0, changed.Length)];
        var config = (_explained ?? throw new InvalidOperationException("The model was opened without plugins.")).Config;
        using var scope = NewDisposeScope();
        using var explained = OpenExplained(config, ScalarType.Float32);
        var context = explained.Context with { TrainLabels = tensor(changed) };
        var head = new HeadRetraining(options ?? BatchesFor(changed)).Run(context, weights, seed, progress ?? Quiet.Instance, cancellationToken);
        return new(Origin.Memory, Features.With(head, context.TrainLabels), null, Dataset, _explained, _classNames);
    }

    /// <summary>Writes changes of labels as the file that a config's <c>relabels</c> takes: columns id, old_class, new_class.</summary>
    /// <param name="path">The file.</param>
    /// <param name="labels">The changes.</param>
    /// <exception cref="DmlException">A label is none of the training classes, or the file cannot be written.</exception>
    public void WriteRelabels(string path, IEnumerable<Relabel> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var list = labels.ToList();
        _ = Relabelled(list);
        var text = new StringBuilder().AppendJoin(',', [Relabels.Id, Relabels.OldClass, Relabels.NewClass]).Append('\n');
        foreach (var (index, label) in list)
        {
            text.AppendJoin(',', [Csv.Quote(TrainingIds[index]), Csv.Quote(ClassName(TrainingLabels[index])), Csv.Quote(ClassName(label))]).Append('\n');
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>Votes of the nearest other training samples, which is what makes them leave-one-out.</summary>
    /// <param name="cancellationToken">Stops the search.</param>
    internal NeighbourVotes NeighbourVotes(CancellationToken cancellationToken = default)
    {
        RequireTwoSamples();
        using var scope = NewDisposeScope();
        return Numerics.NeighbourVotes.Within(Features.TrainEmbeddings(), TrainingLabels, TrainingClassCount, cancellationToken);
    }

    private Neighbour Neighbour(Neighbours found, int query, int rank)
    {
        var (index, label) = (found.At(query, rank), TrainingLabels[found.At(query, rank)]);
        return new(index, TrainingIds[index], label, ClassName(label), found.Distances[(query * found.K) + rank]);
    }

    private void RequireTwoSamples()
    {
        if (TrainingLabels.Count >= 2) return;
        throw new DmlException(
            $"{Features.Source}: expected at least two training samples, which vote on each other's labels, found {TrainingLabels.Count}.");
    }

    internal int TrainingClassCount => Math.Max(Dataset?.TrainingClassCount ?? 0, Features.LabelledClassCount);

    /// <summary>Scores of a training scorer by its plugin name.</summary>
    internal IReadOnlyList<double> ScoresOf(string scorer, IProgress<ProgressReport> progress, CancellationToken cancellationToken) =>
        Scores(scorer, progress, cancellationToken);

    private double[] Scores(string scorer, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        var explained = (_explained ?? throw new InvalidOperationException("The model was opened without plugins.")).Scoring(scorer);
        return Suspicion(explained.Config, ScalarType.Float32, progress, cancellationToken).Values;
    }

    /// <summary>(N) labels with some changed.</summary>
    /// <exception cref="DmlException">There is no such sample or class.</exception>
    internal long[] Relabelled(IEnumerable<Relabel> labels)
    {
        long[] changed = [.. TrainingLabels];
        foreach (var (index, label) in labels)
        {
            if (index < 0 || index >= changed.Length)
            {
                throw new DmlException($"Expected indices of training samples from 0 to {changed.Length - 1}, found {index}.");
            }

            if (label < 0 || label >= TrainingClassCount)
            {
                throw new DmlException($"Expected a training class from 0 to {TrainingClassCount - 1} for {TrainingIds[index]}, found {label}.");
            }

            changed[index] = label;
        }

        return changed;
    }

    /// <summary>The published batches of 8 classes x 4 samples, or as many as there are.</summary>
    private static HeadRetrainingOptions BatchesFor(long[] labels)
    {
        var published = new HeadRetrainingOptions();
        return published with { BatchClasses = Math.Min(published.BatchClasses, labels.Distinct().Count()) };
    }
}
