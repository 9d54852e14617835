using Dml.Engine.Training;

namespace Dml.Tests.Training;

public class PlateauScheduleTests
{
    /// <summary>A plain retelling of torch's documentation: patience 2, mode max, relative threshold 1e-4, rates in place of factors.</summary>
    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1, 0.5)]
    [InlineData(4, 0.1)]
    public void The_rates_are_those_of_a_plain_loop(int patience, double gamma)
    {
        const double Rate = 4e-3;
        var random = new Random(patience);
        var values = Enumerable.Range(0, 200).Select(i => 0.5 + (random.NextDouble() * 0.01) + (i < 50 ? i * 1e-3 : 0)).ToList();
        values.AddRange([values.Max() * 1.00005, values.Max() * 1.00012]);

        var (schedule, state) = (new PlateauSchedule(gamma, patience), PlateauState.Start);
        double best = double.NegativeInfinity, rate = Rate;
        var bad = 0;
        var falls = 0;
        foreach (var value in values)
        {
            if (value > best * (1 + 1e-4) || double.IsNegativeInfinity(best)) (best, bad) = (value, 0);
            else bad++;
            if (bad > patience)
            {
                var lower = rate * gamma;
                if (rate - lower > 1e-8)
                {
                    rate = lower;
                    falls++;
                }

                bad = 0;
            }

            state = schedule.Next(state, value, Rate);
            Assert.Equal(rate, state.Factor * Rate, rate * 1e-12);
        }

        Assert.True(falls > 1);
    }
}
