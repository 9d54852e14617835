using Dml.Configuration;
using Dml.Engine.Config;

namespace Dml.Engine.Evaluation;

/// <summary>The metrics that there are, and those that a config asks for.</summary>
internal static class MetricList
{
    /// <summary>All metrics by name, without R@k: how many neighbours that looks at follows from the protocol.</summary>
    public static IReadOnlyList<RetrievalMetric> All { get; } = OpenList.Of<RetrievalMetric>(metric => metric.Name);

    /// <summary>The metric of a name, or null.</summary>
    public static RetrievalMetric? Find(string name) => All.FirstOrDefault(metric => metric.Name == name);

    /// <summary>The metrics that options ask for, each once: those with an option of their own, then the others as they are listed.</summary>
    /// <param name="options">Valid options.</param>
    public static IReadOnlyList<RetrievalMetric> Of(EvaluationOptions options) =>
    [
        .. new[] { (Wanted: options.MapAtR, MeanAveragePrecisionAtR.Key), (Wanted: options.Nmi, NormalizedMutualInformation.Key) }
            .Where(own => own.Wanted).Select(own => own.Key).Concat(options.Metrics).Distinct().Select(name => Find(name)!),
    ];

    /// <summary>Binds the section <c>evaluation</c>, names of metrics included.</summary>
    /// <param name="node">The section.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    public static EvaluationOptions? Bind(ConfigNode node, ConfigProblems problems)
    {
        var before = problems.Items.Count;
        var options = EvaluationOptionsBinder.Bind(node, problems);
        foreach (var name in node["metrics"]?.Items.Where(item => item.Kind == ConfigKind.String) ?? [])
        {
            if (Find(name.Text) is null) problems.Add(name, NearestName.Explain("metric", name.Text, [.. All.Select(metric => metric.Name)]));
        }

        return problems.Items.Count == before ? options : null;
    }

    /// <summary>The options of the section <c>evaluation</c>, by which editors complete the names of metrics.</summary>
    public static OptionsSchema Schema { get; } = new(
    [
        .. EvaluationOptionsBinder.Schema.Options
            .Select(option => option.Key == "metrics" ? option with { Choices = [.. All.Select(metric => metric.Name)] } : option),
    ]);
}
