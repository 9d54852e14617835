using Dml.Engine.Training;

namespace Dml.Tests.Training;

public class ClassBalancedSamplerTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 12).SelectMany(c => Enumerable.Repeat(c, 15 + c))];

    [Fact]
    public void Each_batch_has_the_wanted_number_of_distinct_images_of_distinct_classes()
    {
        var sampler = new ClassBalancedSampler(Labels, 8, 4, 0);
        for (var epoch = 0; epoch < 50; epoch++)
        {
            foreach (var batch in sampler.NextEpoch())
            {
                Assert.Equal(32, batch.Distinct().Count());
                var classes = batch.Chunk(4).Select(c => c.Select(i => Labels[i]).Distinct().Single()).ToList();
                Assert.Equal(8, classes.Distinct().Count());
            }
        }
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(65, 2)]
    [InlineData(96, 2)]
    [InlineData(97, 3)]
    public void An_epoch_yields_batches_while_drawn_plus_batch_is_below_the_number_of_images(int images, int batches)
    {
        int[] labels = [.. Enumerable.Range(0, images).Select(i => i % 8)];
        var sampler = new ClassBalancedSampler(labels, 8, 4, 0);
        Assert.Equal(batches, sampler.BatchesPerEpoch);
        Assert.Equal(batches, sampler.NextEpoch().Count());
    }

    [Fact]
    public void Classes_are_drawn_equally_often_and_each_image_once_before_its_class_begins_again()
    {
        var sampler = new ClassBalancedSampler(Labels, 4, 5, 0);
        var seen = new int[Labels.Length];
        var drawn = new int[12];
        var rounds = Enumerable.Range(0, 12).Select(_ => new HashSet<int>()).ToArray();
        for (var epoch = 0; epoch < 400; epoch++)
        {
            foreach (var chunk in sampler.NextEpoch().SelectMany(b => b.Chunk(5)))
            {
                var label = Labels[chunk[0]];
                drawn[label]++;
                Assert.All(chunk, i => Assert.True(rounds[label].Add(i)));
                if (15 + label - rounds[label].Count < 5) rounds[label].Clear();
                foreach (var i in chunk) seen[i]++;
            }
        }

        // 400 epochs of 12 batches: 1,600 draws a class in the mean, standard deviation 33.
        Assert.All(drawn, d => Assert.InRange(d, 1430, 1770));
        Assert.All(seen.Zip(Labels), x => Assert.InRange(x.First, 0.75 * 8000 / (15 + x.Second), 1.25 * 8000 / (15 + x.Second)));
    }

    [Fact]
    public void A_class_that_is_too_small_gives_all_its_images_before_one_comes_again()
    {
        int[] labels = [0, 0, 0, 1, 1, 1, 1, 1, 1, 2];
        var sampler = new ClassBalancedSampler(labels, 1, 4, 0);
        foreach (var batch in Enumerable.Range(0, 100).SelectMany(_ => sampler.NextEpoch()))
        {
            var size = labels.Count(l => l == labels[batch[0]]);
            Assert.Equal(Math.Min(4, size), batch.Distinct().Count());
            Assert.Single(batch.Select(i => labels[i]).Distinct());
        }

        Assert.Contains("class 2", Assert.Single(sampler.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_with_a_single_image_are_named_together()
    {
        string[] names = [.. Enumerable.Range(0, 9).Select(c => $"c{c}")];
        int[] labels = [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8];
        Assert.Equal(
            "7 training classes have a single image (c1, c2, c3, c4, c5 and 2 more), so their batches repeat that image 2 times; "
                + "add images or leave these classes out.",
            Assert.Single(new ClassBalancedSampler(labels, 2, 2, 0, names).Warnings));
    }

    [Fact]
    public void The_order_is_that_of_the_seed()
    {
        static List<int> Draw(long seed)
        {
            var sampler = new ClassBalancedSampler(Labels, 8, 4, seed);
            return [.. Enumerable.Range(0, 3).SelectMany(_ => sampler.NextEpoch()).SelectMany(b => b)];
        }

        Assert.Equal(Draw(5), Draw(5));
        Assert.NotEqual(Draw(5), Draw(6));
        var epochs = Draw(5).Chunk(Draw(5).Count / 3).ToList();
        Assert.NotEqual(epochs[0], epochs[1]);
    }

    [Fact]
    public void Too_few_classes_are_refused() =>
        Assert.Contains(
            "batchClasses = 13 classes in the training split, found 12",
            Assert.Throws<DmlException>(() => new ClassBalancedSampler(Labels, 13, 1, 0)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Too_few_images_for_a_batch_are_refused() =>
        Assert.Contains(
            "found 4 images",
            Assert.Throws<DmlException>(() => new ClassBalancedSampler([0, 0, 1, 1], 2, 2, 0)).Message,
            StringComparison.Ordinal);
}
