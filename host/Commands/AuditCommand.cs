using System.CommandLine;
using System.Globalization;
using Dml.Engine;
using Dml.Engine.Auditing;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>dml audit: looks for what is wrong with the data and the embedding.</summary>
internal static class AuditCommand
{
    private const int Shown = 5;
    private const int LongestReason = 90;

    public static Command Create()
    {
        var checks = string.Join(", ", AuditCheck.All.Select(Described));
        var command = new Command("audit", $"Looks for what is wrong with the data and the embedding, by these checks: {checks}.");
        var source = ModelSource.AddTo(command);
        var checkpoints = CommonOptions.Checkpoints();
        command.Options.Add(checkpoints);
        command.SetAction((arguments, cancellation) => Task.FromResult(CommandRunner.Run(
            (progress, token) =>
            {
                string[] settings = source.Settings(arguments, AuditSession.Takes);
                _ = AuditSession.Bind(settings);
                using var model = source.Open(arguments, withPlugins: source.HasLoss(arguments), takes: AuditSession.Takes);
                model.ReadCheckpoints(arguments.GetValue(checkpoints) is { Length: > 0 } files ? files : model.Run?.Moments ?? []);
                var folder = source.OutputFolder(arguments, model, required: false);
                using var held = folder is null ? null : WriterLock.Take(folder, "audit");
                var result = model.Audit(settings, progress, token);
                Console.Write(Table(result));
                if (folder is null) return;
                AuditFiles.Write(folder, result, model.Origin);
                CommandOutput.Current.AddFile("audit", Path.Combine(folder, AuditFiles.Summary));
                Console.WriteLine($"Wrote {AuditFiles.Summary} and {AuditFiles.Table} to {folder}.");
                if (model.Run is { } run) NextStep.Say($"dml report {NextStep.Shown(run)}", "shows it with pictures", "audit");
            },
            cancellation)));
        return command;
    }

    /// <summary>The name of a check, and its title where that is not the same word.</summary>
    private static string Described(AuditCheck check) =>
        check.Name.Equals(check.Title, StringComparison.OrdinalIgnoreCase) ? check.Name
            : $"{check.Name} ({char.ToLowerInvariant(check.Title[0])}{check.Title[1..]})";

    /// <summary>One line a check, then the first findings of each.</summary>
    private static string Table(AuditResult result)
    {
        var checks = TextTable.Render(
            ["check", "findings", ""],
            [.. result.Sections.Select(s => (IReadOnlyList<string>)[s.Check, s.Ran ? Text(s.Findings.Count) : "not run", s.Summary])]);
        IReadOnlyList<string>[] findings = [.. result.Sections.SelectMany(s => s.Findings.Take(Shown)).Select(Row)];
        return findings.Length == 0 ? checks
            : $"{checks}\n{TextTable.Render(["kind", "number", "what", "suggested", "reason"], findings)}";
    }

    private static IReadOnlyList<string> Row(AuditFinding finding) =>
    [
        finding.Kind, finding.Value.ToString("0.###", CultureInfo.InvariantCulture),
        finding.Items.Count == 0 ? string.Join(", ", finding.Classes)
            : finding.Items.Count > 2 ? $"{finding.Items[0].Id} and {finding.Items.Count - 1} more" : string.Join(", ", finding.Items.Select(i => i.Id)),
        finding.Suggestion is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{finding.Suggestion} ({finding.Confidence:P0})"),
        finding.Reason.Length <= LongestReason ? finding.Reason : finding.Reason[..LongestReason] + "...",
    ];

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
