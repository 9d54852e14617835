using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Engine.Plugins;

namespace Dml.Engine.Training;

/// <summary>The samplers that a config can choose: the engine's own by their names alone, and plugins with their options.</summary>
internal static class SamplerList
{
    /// <summary>The option that names one.</summary>
    public static NamedOption Option { get; } = new(TrainingOptionsBinder.Schema.Options.Single(option => option.Key == NamedSections.Sampler), [])
    {
        Plain = NamedSections.PlainSamplers,
        Plugins = new(PluginKind.Sampler, (_, _) => { }, (training, plugin) => (TrainingOptions)training with { Draws = new(plugin) }),
    };

    /// <summary>Refuses what is neither a plugin that was taken out before nor one of the engine's own, and takes it out.</summary>
    /// <param name="training">The section <c>training</c>.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    public static ConfigNode Checked(ConfigNode training, ConfigProblems problems)
    {
        if (training[NamedSections.Sampler] is not { Kind: not ConfigKind.String } given) return training;
        var name = PluginSections.NameOf(given);
        if (NamedSections.IsPlain(Option.Plain, name))
        {
            var option = given.Members.First(member => member.Key != PluginSections.NameKey);
            problems.Add(
                option.Value, $"expected no option, found \"{option.Key}\"; "
                    + $"the batches of {name} are as large as batchClasses and batchImages of the section say");
        }
        else if (name is not null)
        {
            problems.Add(given[PluginSections.NameKey]!, NearestName.Explain(NamedSections.Sampler, name, Option.Plain));
        }
        else
        {
            var found = given.Kind == ConfigKind.Object ? "no name" : given.Describe();
            problems.Add(
                given, $"expected {string.Join(" or ", Option.Plain)}, or a sampler plugin as {{ \"name\": \"...\", options }} or its name alone, "
                    + $"found {found}");
        }

        return training.Without(NamedSections.Sampler);
    }
}
