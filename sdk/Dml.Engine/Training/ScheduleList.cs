using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Plugins;

namespace Dml.Engine.Training;

/// <summary>The schedules that there are, and the one that a config chooses.</summary>
internal static class ScheduleList
{
    private static readonly string[] Keys = [.. TrainingOptionsBinder.Schema.Options.Select(option => option.Key), NamedSections.Schedule];

    /// <summary>All schedules by name.</summary>
    public static IReadOnlyList<Schedule> All { get; } = OpenList.Of<Schedule>(schedule => schedule.Name);

    /// <summary>The option that names one.</summary>
    public static NamedOption Option { get; } = new(
        new(
            NamedSections.Schedule, "record?", "null",
            "How the learning rates change: a schedule by name with its options; null for milestones and gamma, and in validate mode for plateau."),
        All)
    {
        Plugins = new(
            PluginKind.Schedule, (section, problems) => RefuseMilestones(section["milestones"], problems),
            (training, plugin) => (TrainingOptions)training with { Schedule = PluginSchedule.Of(plugin) }),
    };

    /// <summary>Binds the section <c>training</c>, its schedule and sampler included.</summary>
    /// <param name="node">The section.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    public static TrainingOptions? Bind(ConfigNode node, ConfigProblems problems)
    {
        var before = problems.Items.Count;

        // The binder knows all keys but one, which a mistyped key may have been meant for.
        foreach (var member in node.Members.Where(m => !Keys.Contains(m.Key) && NearestName.Find(m.Key, Keys) == NamedSections.Schedule))
        {
            problems.Add(member.Value, NearestName.Explain("key", member.Key, Keys));
            node = node.Without(member.Key);
        }

        var options = TrainingOptionsBinder.Bind(SamplerList.Checked(node.Without(NamedSections.Schedule), problems), problems);
        var schedule = node[NamedSections.Schedule] is { Kind: not ConfigKind.Null } given ? Bind(given, options ?? new(), node["milestones"], problems) : null;
        return options is null || problems.Items.Count > before ? null : options with { Schedule = schedule };
    }

    private static BoundSchedule? Bind(ConfigNode given, TrainingOptions training, ConfigNode? milestones, ConfigProblems problems)
    {
        var node = PluginSections.ExpandSection(given);
        if (PluginSections.NameOf(node) is not { } name)
        {
            var found = node.Kind == ConfigKind.Object ? "no name" : node.Describe();
            problems.Add(
                node, $"expected a schedule as {{ \"name\": \"...\", options }}, its name alone or null, found {found}; "
                    + $"valid: {string.Join(", ", All.Select(s => s.Name))}");
            return null;
        }

        if (All.FirstOrDefault(s => s.Name == name) is not { } schedule)
        {
            problems.Add(node[PluginSections.NameKey]!, NearestName.Explain("schedule", name, [.. All.Select(s => s.Name)]));
            return null;
        }

        RefuseMilestones(milestones, problems);
        return schedule.Bind(node.Without(PluginSections.NameKey), training, problems);
    }

    private static void RefuseMilestones(ConfigNode? milestones, ConfigProblems problems)
    {
        if (milestones is not { Items.Count: > 0 }) return;
        problems.Add(
            milestones, $"expected none beside training.schedule, which says how the rates change, found {milestones.Items.Count}; remove one of the two");
    }
}
