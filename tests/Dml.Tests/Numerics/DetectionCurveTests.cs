using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class DetectionCurveTests
{
    [Fact]
    public void Curve_and_area_equal_those_by_hand()
    {
        // Checked in the order 1, 3, 0, 2: found 1, 1, 2, 2 of 2.
        var curve = DetectionCurve.Make([0.5, 0.9, 0.1, 0.7], [true, true, false, false]);
        Assert.Equal([0, 1, 1, 2, 2], curve.Found);
        Assert.Equal((0.5 + 1 + 1.5 + 2) / (4 * 2), curve.Area, 1e-15);
        Assert.Equal(0.5, curve.RecallAt(0.5));
        Assert.Equal(1.0, curve.RecallAt(0.75));
    }

    [Fact]
    public void Mean_and_deviation_of_random_orders_equal_enumeration_of_all_orders()
    {
        // All 5 choose 2 positions of the wanted samples among five.
        var areas = new List<double>();
        for (var a = 0; a < 5; a++)
        {
            for (var b = a + 1; b < 5; b++)
            {
                bool[] wanted = [.. Enumerable.Range(0, 5).Select(i => i == a || i == b)];
                areas.Add(DetectionCurve.Make([5, 4, 3, 2, 1], wanted).Area);
            }
        }

        var mean = areas.Average();
        Assert.Equal(0.5, mean, 1e-12);
        var deviation = Math.Sqrt(areas.Average(x => (x - mean) * (x - mean)));
        Assert.Equal(deviation, DetectionCurve.Make([5, 4, 3, 2, 1], [true, true, false, false, false]).RandomAreaDeviation, 1e-12);
    }

    [Fact]
    public void Equal_scores_are_checked_in_index_order() =>
        Assert.Equal([0, 0, 1], DetectionCurve.Make([1, 1], [false, true]).Found);
}
