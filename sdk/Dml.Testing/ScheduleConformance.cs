using System.Globalization;

namespace Dml.Testing;

/// <summary>Checks that a schedule keeps the contract of <see cref="ILearningRateSchedule"/>.</summary>
public static class ScheduleConformance
{
    /// <summary>Batches of the epochs that a schedule is tried with that changes within them.</summary>
    private const int Batches = 3;

    /// <summary>
    /// Checks that every factor of a training with that many epochs, of 3 batches each for one that changes within epochs, is finite and at least 0,
    /// whether the training validates or not and whether its validations rise or fall; and that a factor is the same when it is asked again, in another
    /// order, and of a second schedule, as a training that goes on from a checkpoint asks.
    /// </summary>
    /// <param name="make">Makes the schedule; called several times.</param>
    /// <param name="epochs">T, at least 1.</param>
    /// <exception cref="ConformanceException">The schedule breaks its contract.</exception>
    public static void Check(Func<ILearningRateSchedule> make, int epochs = 30)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        Expect.On("docs/training.md#schedules", () => CheckAll(make, epochs));
    }

    private static void CheckAll(Func<ILearningRateSchedule> make, int epochs)
    {
        var batches = Made(make).ChangesWithinEpochs ? Batches : 1;
        foreach (var shape in new (Func<int, int> Of, bool Validates)[] { (_ => 0, false), (e => e, true), (e => -e, true) })
        {
            var moments = Moments(epochs, batches, shape.Of, shape.Validates);
            var schedule = Made(make);
            var member = $"{schedule.GetType().Name}.Factor";
            double[] factors = [.. moments.Select(schedule.Factor)];
            foreach (var (moment, factor) in moments.Zip(factors))
            {
                Expect.That(
                    factor >= 0 && double.IsFinite(factor),
                    $"{member}: expected a finite factor of at least 0, found {factor} for {Place(moment)} of {epochs}; guard divisions and subtractions.");
            }

            double[] reversed = [.. moments.Reverse().Select(schedule.Factor).Reverse()];
            Same(moments, factors, reversed, member, "when asked from the last epoch to the first", "keep no state");
            Same(moments, factors, [.. moments.Select(m => Made(make).Factor(m))], member, "from a schedule that is asked nothing before", "keep no state");
        }
    }

    /// <summary>The epochs of a training, with as many validations before each as a training has.</summary>
    private static ScheduleMoment[] Moments(int epochs, int batches, Func<int, int> shape, bool validates) =>
    [
        .. Enumerable.Range(0, epochs * batches).Select(step => new ScheduleMoment(step / batches, epochs)
        {
            Validations = validates ? [.. Enumerable.Range(0, step / batches).Select(e => 0.5 + (0.4 * shape(e) / epochs))] : [],
            Batch = step % batches,
            BatchesPerEpoch = batches,
        }),
    ];

    private static void Same(ScheduleMoment[] moments, double[] expected, double[] actual, string member, string how, string remedy)
    {
        foreach (var (moment, one, other) in moments.Zip(expected, actual))
        {
            Expect.That(
                one == other,
                $"{member}: expected the same factor {how}, found {Text(other)} in place of {Text(one)} for {Place(moment)}; {remedy}, "
                    + $"and draw random numbers from a fixed seed.");
        }
    }

    private static string Place(ScheduleMoment moment) =>
        moment.BatchesPerEpoch == 1 ? $"epoch {moment.Epoch}" : $"batch {moment.Batch} of epoch {moment.Epoch}";

    private static string Text(double factor) => factor.ToString("R", CultureInfo.InvariantCulture);

    private static ILearningRateSchedule Made(Func<ILearningRateSchedule> make) =>
        make() ?? throw new ConformanceException("The maker: expected an ILearningRateSchedule, found null; return a new schedule.");
}
