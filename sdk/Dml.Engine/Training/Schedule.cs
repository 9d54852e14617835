using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Numerics;

namespace Dml.Engine.Training;

/// <summary>
/// How the learning rates change over the epochs of the main run. A class in Schedules that derives from <see cref="Schedule{T}"/>, with its
/// options record, is all that a new one needs.
/// </summary>
/// <param name="name">The name in configs.</param>
/// <param name="meaning">What it is, as a sentence.</param>
internal abstract class Schedule(string name, string meaning) : INamedOptions
{
    public string Name { get; } = name;

    public string Meaning { get; } = meaning;

    public abstract OptionsSchema Schema { get; }

    /// <summary>Binds the options, or returns null after adding all their problems.</summary>
    /// <param name="node">The options without the name.</param>
    /// <param name="training">The rest of the section.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    public abstract BoundSchedule? Bind(ConfigNode node, TrainingOptions training, ConfigProblems problems);
}

/// <summary>A schedule with options.</summary>
/// <typeparam name="T">The options record.</typeparam>
/// <param name="name">The name in configs.</param>
/// <param name="meaning">What it is, as a sentence.</param>
/// <param name="schema">The schema that the generated binder knows.</param>
/// <param name="bind">The generated binder.</param>
internal abstract class Schedule<T>(string name, string meaning, OptionsSchema schema, Func<ConfigNode, ConfigProblems, T?> bind) : Schedule(name, meaning)
    where T : class
{
    public override OptionsSchema Schema => schema;

    /// <summary>
    /// The factor on all learning rates in an epoch. It depends on what is given here alone, so that a training that goes on from a
    /// checkpoint has the same rates.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="training">The training.</param>
    /// <param name="epoch">Of the main run, from 0.</param>
    /// <param name="scores">Validations after the epochs before it; empty where training does not validate.</param>
    public abstract double Factor(T options, TrainingOptions training, int epoch, IReadOnlyList<ValidationScore> scores);

    /// <summary>Adds what makes no sense with the rest of the training.</summary>
    /// <param name="options">The options.</param>
    /// <param name="training">The training.</param>
    /// <param name="node">The options in the config.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    protected virtual void Check(T options, TrainingOptions training, ConfigNode node, ConfigProblems problems)
    {
    }

    public sealed override BoundSchedule? Bind(ConfigNode node, TrainingOptions training, ConfigProblems problems)
    {
        if (bind(node, problems) is not { } options) return null;
        var before = problems.Items.Count;
        Check(options, training, node, problems);
        return problems.Items.Count == before ? With(options) : null;
    }

    /// <summary>The schedule with these options.</summary>
    public BoundSchedule With(T options) => new(Name, (training, epoch, scores) => Factor(options, training, epoch, scores));
}

/// <summary>A schedule with its options.</summary>
/// <param name="Name">The schedule.</param>
/// <param name="Factor">The factor on all learning rates, from training, epoch and validations before it; see <see cref="Schedule{T}.Factor"/>.</param>
internal sealed record BoundSchedule(string Name, Func<TrainingOptions, int, IReadOnlyList<ValidationScore>, double> Factor)
{
    /// <summary>The factor before a batch, from the training, its place and the batches in an epoch; null where it is one for the whole epoch.</summary>
    public Func<TrainingOptions, TrainingPosition, int, double?>? OfBatch { get; init; }
}
