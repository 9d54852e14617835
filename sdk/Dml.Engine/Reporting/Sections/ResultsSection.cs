namespace Dml.Engine.Reporting;

/// <summary>What was measured on this run alone and stands in its folder, a section each.</summary>
internal sealed class ResultsSection() : ReportSection<IReadOnlyList<ResultRecord>>(400)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<ResultRecord>? Read(ReportSource run) => ResultFiles.Read(run.Run.Path) is { Count: > 0 } results ? results : null;

    /// <inheritdoc/>
    protected override Html Render(IReadOnlyList<ResultRecord> content, ImageSheet images) => Html.Of($"{content.Select(ResultMarkup.Render)}");
}
