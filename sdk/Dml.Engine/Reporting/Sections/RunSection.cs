using System.Globalization;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>What the section about the run shows.</summary>
/// <param name="Facts">What was run, on what, with what.</param>
/// <param name="SettingsJson">The resolved config, already indented; shown collapsed. Empty for none.</param>
internal sealed record RunContent(ReportFacts Facts, string SettingsJson = "");

/// <summary>The end of the report: everything needed to do the run again.</summary>
internal sealed class RunSection() : ReportSection<RunContent>(1000)
{
    /// <inheritdoc/>
    protected override RunContent Read(ReportSource run) => new(run.Facts, InputFile.ReadText(run.Run.Config));

    /// <inheritdoc/>
    protected override Html Render(RunContent content, ImageSheet images) => Html.Of($"""
        <section aria-labelledby="run">
        <h2 id="run">About this run</h2>
        <div class="card">
        <dl class="facts">
        {Facts(content.Facts).Where(fact => fact.Value.Length > 0).Select(Fact)}</dl>
        </div>
        {Settings(content.SettingsJson)}</section>

        """);

    private static IEnumerable<NamedText> Facts(ReportFacts facts) =>
    [
        new("Dataset", facts.Dataset),
        new("Training samples (N)", $"{Figures.Count(facts.TrainCount)} in {Figures.Count(facts.TrainClassCount, "class", "classes")}"),
        new("Test samples (M)", $"{Figures.Count(facts.TestCount)} in {Figures.Count(facts.TestClassCount, "class", "classes")}"),
        new("Backbone", facts.Backbone),
        new("Loss", facts.Loss),
        new("Estimator", facts.Estimator),
        new("Precision", facts.Precision),
        new("Seed", facts.Seed.ToString(CultureInfo.InvariantCulture)),
        new("Device", facts.Device),
        new("Threads", Figures.Count(facts.Threads)),
        new("Started", facts.Started),
        new("Duration", Figures.Duration(facts.Duration)),
        .. facts.Versions,
    ];

    private static Html Fact(NamedText fact) => Html.Of($"""
        <div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>

        """);

    private static Html Settings(string json) => json.Length == 0 ? Html.None : Html.Of($"""
        <details class="card">
        <summary>All settings (JSON)</summary>
        <pre>{json}</pre>
        </details>

        """);
}
