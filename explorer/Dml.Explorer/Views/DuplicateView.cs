using Dml.Engine;
using Dml.Engine.Auditing;
using Dml.Explorer.Api;
using Dml.Explorer.Jobs;

namespace Dml.Explorer.Views;

/// <summary>Duplicates and leaks, as <c>dml audit</c> finds them: taken from the run's audit where it is of this model, else looked for.</summary>
internal sealed class DuplicateView
{
    private const string Check = "duplicates";

    private readonly Prepared<AuditSection> _found;

    /// <param name="run">The run.</param>
    /// <param name="jobs">Where duplicates are looked for.</param>
    public DuplicateView(Run run, JobList jobs) => _found = new(jobs, "look for duplicates", job =>
        Kept(run) ?? run.Model.Audit([$"audit.checks=[\"{Check}\"]"], job, job.Stopping).Of(Check)!);

    /// <summary>Some of them.</summary>
    /// <param name="request">Which.</param>
    public async Task<DuplicatePage> Page(ApiRequest request)
    {
        var section = await _found.Get(request.Gone);
        return new(
            section.Findings.Count, section.Summary,
            [
                .. section.Findings.Skip(request.Integer("offset")).Take(request.Integer("limit"))
                    .Select(f => new DuplicateEntry(f.Kind, f.Reason, [.. f.Items.Select(Item)], f.Value)),
            ]);
    }

    /// <summary>What an audit found before; null where there is none, or it is of another state of the run.</summary>
    private static AuditSection? Kept(Run run) =>
        AuditFiles.TryRead(run.Path) is { Origin: { } origin } audit && origin.ChangedIn(run.Model.Origin).Count == 0
            ? audit.Sections.FirstOrDefault(section => section.Check == Check) : null;

    private static ApiItem Item(AuditItem item) => new(
        item.Split == Split.Training ? ItemList.Train : ItemList.Test, item.Index, item.Id, (int)item.Label, item.ClassName, item.File is not null);
}
