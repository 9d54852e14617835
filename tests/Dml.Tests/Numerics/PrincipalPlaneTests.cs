using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Tests.Numerics;

public sealed class PrincipalPlaneTests
{
    [Fact]
    public void Rows_that_vary_along_known_axes_give_those_axes_and_their_shares_of_the_variance()
    {
        // Along (0.6, 0.8, 0) with -3, 0, 3; along (0, 0, -1) with 1, -2, 1: both have mean 0 and are orthogonal to each other.
        double[] first = [-3, 0, 3], second = [1, -2, 1];
        using var rows = tensor(first.Zip(second).SelectMany(p => new[] { 5 + (0.6 * p.First), 7 + (0.8 * p.First), 1 - p.Second }).ToArray(), [3, 3]);
        using var plane = PrincipalPlane.Fit(rows);
        Assert.Equal(18.0 / 24, plane.FirstShare, 12);
        Assert.Equal(6.0 / 24, plane.SecondShare, 12);
        using var places = plane.Project(rows);
        var found = places.data<double>().ToArray();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(first[i], found[2 * i], 12);
            Assert.Equal(-second[i], found[(2 * i) + 1], 12);
        }
    }

    [Fact]
    public void No_direction_of_many_has_more_variance_than_the_first_axis()
    {
        manual_seed(3);
        using var rows = randn(40, 5, float64) * tensor(new[] { 1.0, 3, 0.5, 2, 1 });
        using var plane = PrincipalPlane.Fit(rows);
        using var centred = rows - rows.mean([0], keepdim: true);
        var total = centred.square().sum().item<double>();
        using var places = plane.Project(rows);
        Assert.Equal(plane.FirstShare, places.select(1, 0).square().sum().item<double>() / total, 12);
        Assert.Equal(plane.SecondShare, places.select(1, 1).square().sum().item<double>() / total, 12);
        for (var i = 0; i < 200; i++)
        {
            using var direction = nn.functional.normalize(randn(5, 1, float64), dim: 0);
            Assert.True(centred.mm(direction).square().sum().item<double>() / total <= plane.FirstShare + 1e-12);
        }
    }

    [Fact]
    public void Rows_that_do_not_vary_have_no_variance_to_share()
    {
        using var rows = ones(4, 3);
        using var plane = PrincipalPlane.Fit(rows);
        Assert.Equal((0, 0), (plane.FirstShare, plane.SecondShare));
    }

    [Fact]
    public void A_single_column_is_refused()
    {
        using var rows = ones(4, 1);
        Assert.Contains("(4, 1)", Assert.Throws<ArgumentException>(() => PrincipalPlane.Fit(rows)).Message, StringComparison.Ordinal);
    }
}
