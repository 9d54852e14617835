using Dml.Engine.Auditing;
using Dml.Engine.Sessions;

namespace Dml.Engine;

/// <summary>The audit of a model or run.</summary>
public static class ModelAudit
{
    /// <summary>Looks for what is wrong with the data and the embedding of a model; writes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">Settings of the checks, each <c>audit.CHECK.option=value</c>; null for the defaults.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A section a check.</returns>
    /// <exception cref="DmlException">A setting is wrong.</exception>
    public static AuditResult Audit(
        this Model model, IReadOnlyList<string>? settings = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return AuditSession.Run(model, settings ?? [], progress ?? Quiet.Instance, cancellationToken);
    }

    /// <summary>Looks for what is wrong with the data and the embedding of a run; writes nothing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="settings">Settings of the checks, each <c>audit.CHECK.option=value</c>; null for the defaults.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A section a check.</returns>
    /// <exception cref="DmlException">A setting is wrong.</exception>
    public static AuditResult Audit(
        this Run run, IReadOnlyList<string>? settings = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Model.Audit(settings, progress, cancellationToken);
    }
}
