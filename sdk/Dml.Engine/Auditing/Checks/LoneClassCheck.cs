namespace Dml.Engine.Auditing;

/// <summary>Options of the check of lone classes.</summary>
[Options]
internal sealed record LoneClassOptions
{
    /// <summary>Classes with fewer items than this are found; a test item alone in its class can never be retrieved.</summary>
    [Range(2, 1000000)]
    public int Least { get; init; } = 2;
}

/// <summary>
/// Classes with too few items: a test item that is alone in its class has no item to be retrieved and counts as an error that nothing can
/// cure; a training sample that is alone has no positive but itself. The value is the number of items.
/// </summary>
internal sealed class LoneClassCheck() : AuditCheck<LoneClassOptions>(
    "lone", 500, "Lone classes", "Classes with too few items to be learned or retrieved.", LoneClassOptionsBinder.Schema, LoneClassOptionsBinder.Bind)
{
    /// <inheritdoc/>
    protected override AuditSection Find(AuditContext context, LoneClassOptions options)
    {
        AuditFinding[] findings = [.. Of(context, Split.Training, options.Least), .. Of(context, Split.Test, options.Least)];
        var (training, test) = (findings.Count(f => f.Kind == "lone-training-class"), findings.Count(f => f.Kind == "lone-test-class"));
        var summary = findings.Length == 0
            ? $"Every class has at least {options.Least} items."
            : $"{training} training and {test} test classes have fewer than {options.Least} items.";
        return Section(summary) with { Findings = findings };
    }

    private IEnumerable<AuditFinding> Of(AuditContext context, Split split, int least)
    {
        var (kind, cost) = split == Split.Training
            ? ("lone-training-class", "the loss has too few of it to learn what its images share")
            : ("lone-test-class", "an item without another of its class counts as an error that no training can cure");
        return context.Labels(split).Index().GroupBy(item => item.Item, item => item.Index).Where(group => group.Count() < least)
            .OrderBy(group => group.Count()).ThenBy(group => group.Key)
            .Select(group => new AuditFinding(
                Name, kind, group.Count(), $"{(group.Count() == 1 ? "1 item" : $"{group.Count()} items")} of the class alone: {cost}")
            {
                Items = [.. group.Select(index => context.Item(split, index))],
            });
    }
}
