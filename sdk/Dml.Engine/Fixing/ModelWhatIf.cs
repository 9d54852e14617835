using Dml.Engine.Fixing;
using Dml.Engine.Sessions;

namespace Dml.Engine;

/// <summary>What changes of the training data that somebody has decided on would do, and what they are worth.</summary>
public static class ModelWhatIf
{
    /// <summary>
    /// Trains the head further on the cached features with and without changes and looks at an error, and at the errors of other classes, which takes
    /// seconds; writes nothing.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="confusion">The error to look at.</param>
    /// <param name="edits">The changes.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="DmlException">The changes do not fit the samples, or no query is left to judge by.</exception>
    public static WhatIfOutcome WhatIf(
        this Model model, Confusion confusion, DataEdits edits, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(confusion);
        ArgumentNullException.ThrowIfNull(edits);
        using var trials = new WhatIfTrials(model);
        return trials.Run(confusion, edits, progress ?? Quiet.Instance, cancellationToken);
    }

    /// <summary>
    /// What changes are worth: heads trained from the beginning on the cached features with and without them, in pairs that begin alike, judged by R@1 of
    /// a fixed half of the queries; writes nothing.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="edits">The changes, at least one.</param>
    /// <param name="options">How heads are trained; null for the defaults of a fix.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it between two batches.</param>
    /// <exception cref="DmlException">The changes do not fit the samples, there are fewer than two queries, or a loss is not finite.</exception>
    public static JudgedEdits Judge(
        this Model model, DataEdits edits, FixOptions? options = null, IProgress<ProgressReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(edits);
        return JudgedEdits.Of(model, edits, options ?? new(), progress ?? Quiet.Instance, cancellationToken);
    }
}
