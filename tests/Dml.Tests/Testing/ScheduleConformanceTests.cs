using Dml.Testing;

namespace Dml.Tests.Testing;

public sealed class ScheduleConformanceTests
{
    [Fact]
    public void A_schedule_keeps_the_contract() => ScheduleConformance.Check(() => new Fake(m => Math.Cos(Math.PI * m.Epoch / m.Epochs / 2)));

    [Fact]
    public void A_schedule_of_the_validations_keeps_it() =>
        ScheduleConformance.Check(() => new Fake(m => m.Validations.Count > 3 && m.Validations[^1] <= m.Validations.Max() ? 0.1 : 1), epochs: 1);

    [Fact]
    public void A_schedule_that_is_below_0_is_told() => Told(
        () => new Fake(m => 1 - (m.Epoch / 10.0)),
        "Fake.Factor: expected a finite factor of at least 0, found -0.10000000000000009 for epoch 11 of 30; guard divisions and subtractions.");

    [Fact]
    public void A_schedule_that_is_not_finite_is_told() => Told(
        () => new Fake(m => 1.0 / m.Validations.Count),
        "Fake.Factor: expected a finite factor of at least 0, found Infinity for epoch 0 of 30; guard divisions and subtractions.");

    [Fact]
    public void A_schedule_that_is_below_0_while_the_validations_fall_is_told() => Told(
        () => new Fake(m => m.Validations.Count > 1 && m.Validations[^1] < m.Validations[0] ? -1 : 1),
        "Fake.Factor: expected a finite factor of at least 0, found -1 for epoch 2 of 30; guard divisions and subtractions.");

    [Fact]
    public void A_schedule_that_counts_its_calls_is_told()
    {
        var calls = 0;
        Told(
            () => new Fake(m => 1.0 / ++calls),
            "Fake.Factor: expected the same factor when asked from the last epoch to the first, found 0.016666666666666666 in place of 1 for epoch 0; "
                + "keep no state, and draw random numbers from a fixed seed.");
    }

    [Fact]
    public void A_schedule_that_multiplies_its_last_factor_is_told()
    {
        Told(
            () =>
            {
                var factor = 1.0;
                return new Fake(m => m.Epoch == 0 ? factor = 1 : factor *= 0.5);
            },
            "Fake.Factor: expected the same factor when asked from the last epoch to the first, *");
    }

    [Fact]
    public void A_schedule_that_changes_within_epochs_keeps_it() =>
        ScheduleConformance.Check(() => new Fake(m => 1 - (m.Progress / m.Epochs)) { ChangesWithinEpochs = true });

    [Fact]
    public void A_schedule_that_is_below_0_within_an_epoch_is_told() => Told(
        () => new Fake(m => 0.5 - (m.Batch / 3.0)) { ChangesWithinEpochs = true },
        "Fake.Factor: expected a finite factor of at least 0, found -0.16666666666666663 for batch 2 of epoch 0 of 30; guard divisions and subtractions.");

    [Fact]
    public void No_schedule_is_told() =>
        Told(() => null!, "The maker: expected an ILearningRateSchedule, found null; return a new schedule.");

    private static void Told(Func<ILearningRateSchedule> make, string expected)
    {
        var message = Assert.Throws<ConformanceException>(() => ScheduleConformance.Check(make)).Sentence;
        if (expected.EndsWith('*')) Assert.StartsWith(expected[..^1], message, StringComparison.Ordinal);
        else Assert.Equal(expected, message);
    }

    private sealed class Fake(Func<ScheduleMoment, double> factor) : ILearningRateSchedule
    {
        public bool ChangesWithinEpochs { get; init; }

        public double Factor(ScheduleMoment moment) => factor(moment);
    }
}
