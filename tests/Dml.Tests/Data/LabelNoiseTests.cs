using Dml.Engine.Data;
using Dml.Numerics;

namespace Dml.Tests.Data;

public sealed class LabelNoiseTests
{
    [Theory]
    [InlineData(0, 10, 200, 0.1)]
    [InlineData(1, 12, 57, 0.5)]
    [InlineData(7, 98, 1000, 1)]
    [InlineData(1L << 40, 10, 33, 0.99)]
    public void The_own_generator_draws_without_replacement_and_shifts_by_five(long seed, int classes, int samples, double share)
    {
        int[] labels = [.. Enumerable.Range(0, samples).Select(i => i % classes)];
        var changed = labels.ToArray();
        var noise = LabelNoise.Apply(changed, classes, new() { Share = share, Generator = NoiseGenerator.System }, seed);
        Assert.Equal((int)(share * samples), noise.Indices.Count);
        Assert.Equal(noise.Indices.Count, noise.Indices.Distinct().Count());
        for (var i = 0; i < samples; i++)
        {
            var expected = !noise.Indices.Contains(i) ? labels[i] : labels[i] + 5 < classes ? labels[i] + 5 : labels[i] - 5;
            Assert.Equal(expected, changed[i]);
        }

        Assert.Equal(noise.Indices.Select(i => labels[i]), noise.TrueLabels);
        Assert.Equal("system", noise.Source);
    }

    [Fact]
    public void The_own_draw_is_the_start_of_a_shuffle_by_the_systems_generator()
    {
        var labels = new int[40];
        var noise = LabelNoise.Apply(labels, 10, new() { Share = 0.25, Generator = NoiseGenerator.System }, seed: 5);
        var random = new CounterRandom(5, -2, 0);
        var left = Enumerable.Range(0, 40).ToList();
        var expected = new List<int>();
        while (expected.Count < 10)
        {
            // Drawing from a list whose hole is filled with its first item is the same shuffle, written another way.
            var at = random.NextBelow(left.Count);
            expected.Add(left[at]);
            left[at] = left[0];
            left.RemoveAt(0);
        }

        Assert.Equal(expected, noise.Indices);
    }

    [Fact]
    public void Every_sample_is_drawn_about_as_often_as_any_other()
    {
        var counts = new int[20];
        for (var seed = 0; seed < 4000; seed++)
        {
            foreach (var i in LabelNoise.Apply(new int[20], 10, new() { Share = 0.25, Generator = NoiseGenerator.System }, seed).Indices) counts[i]++;
        }

        // Binomial(4000, 1/4): mean 1000, deviation 27; five deviations.
        Assert.All(counts, count => Assert.InRange(count, 863, 1137));
    }

    [Fact]
    public void A_given_list_rules_whatever_the_seed_and_keeps_its_order()
    {
        int[] labels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        var noise = LabelNoise.Apply(labels, 10, new() { Indices = [9, 0, 4] }, seed: 1);
        Assert.Equal([5, 1, 2, 3, 9, 5, 6, 7, 8, 4], labels);
        Assert.Equal([9, 0, 4], noise.Indices);
        Assert.Equal([9, 0, 4], noise.TrueLabels);
        Assert.Equal("given", noise.Source);
    }

    [Theory]
    [InlineData("noise.indices: expected indices of training samples from 0 to 19, found 20; correct the list.", 10, 0, 3, 20)]
    [InlineData("noise.indices: expected every training sample once, found 3 twice; correct the list.", 10, 0, 3, 4, 3)]
    [InlineData(
        "noise.indices: expected at least 10 training classes for labels shifted by 5, found 9; leave noise.indices out or train on more classes.", 9, 0, 3)]
    [InlineData("noise.share: expected 0 beside noise.indices, which says which samples get a wrong label, found 0.25; leave one of the two out.", 10, 0.25, 3)]
    public void A_wrong_list_is_refused_and_changes_nothing(string sentence, int classes, double share, params int[] indices)
    {
        var labels = new int[20];
        Assert.Equal(sentence, Assert.Throws<DmlException>(() => LabelNoise.Apply(labels, classes, new() { Share = share, Indices = indices }, 0)).Message);
        Assert.All(labels, label => Assert.Equal(0, label));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.04, false)]
    [InlineData(0, true)]
    public void No_noise_needs_no_ten_classes(double share, bool emptyList)
    {
        var noise = LabelNoise.Apply(new int[20], 2, new() { Share = share, Indices = emptyList ? [] : null }, 0);
        Assert.Empty(noise.Indices);
        Assert.Null(noise.Source);
    }

    [Fact]
    public void Uniform_labels_are_any_other_class_alike_on_the_samples_that_shift_would_choose()
    {
        const int classes = 6;
        int[] Labels() => [.. Enumerable.Range(0, 6000).Select(i => i % classes)];
        var (given, uniform, large) = (Labels(), Labels(), Enumerable.Range(0, 6000).Select(i => i % 20).ToArray());
        var noise = LabelNoise.Apply(uniform, classes, new() { Share = 0.5, Kind = NoiseKind.Uniform }, 3);
        Assert.Equal(LabelNoise.Apply(large, 20, new() { Share = 0.5 }, 3).Indices, noise.Indices);
        Assert.Equal(noise.Indices.Order(), Enumerable.Range(0, 6000).Where(i => uniform[i] != given[i]));
        Assert.Equal(noise.TrueLabels, noise.Indices.Select(i => given[i]));
        var steps = noise.Indices.CountBy(i => (uniform[i] - given[i] + classes) % classes).ToDictionary();
        Assert.Equal([1, 2, 3, 4, 5], steps.Keys.Order());
        Assert.All(steps.Values, count => Assert.InRange(count, 500, 700));
    }
}
