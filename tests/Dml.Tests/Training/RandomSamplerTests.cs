using Dml.Engine.Training;

namespace Dml.Tests.Training;

public class RandomSamplerTests
{
    [Fact]
    public void Every_image_comes_at_most_once_an_epoch_and_the_order_changes()
    {
        var sampler = new RandomSampler(23, 5, seed: 1);
        var first = sampler.NextEpoch().ToList();
        var second = sampler.NextEpoch().ToList();
        Assert.All([first, second], epoch => Assert.Equal((4, 20), (epoch.Count, epoch.SelectMany(b => b).Distinct().Count())));
        Assert.NotEqual(first.SelectMany(b => b), second.SelectMany(b => b));
        Assert.All(first.SelectMany(b => b), i => Assert.InRange(i, 0, 22));
    }

    [Fact]
    public void Every_image_is_left_out_now_and_then()
    {
        var sampler = new RandomSampler(6, 5, seed: 2);
        var left = Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 6).Except(sampler.NextEpoch().Single()).Single()).CountBy(i => i).ToDictionary();
        Assert.Equal(6, left.Count);
        Assert.All(left.Values, count => Assert.InRange(count, 15, 55));
    }

    [Theory]
    [InlineData(SamplerKind.Random)]
    [InlineData(SamplerKind.Balanced)]
    public void A_sampler_that_is_restored_draws_what_the_saved_one_drew(object kindGiven)
    {
        var kind = (SamplerKind)kindGiven;
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 7)];
        var options = new TrainingOptions { Sampler = kind, BatchClasses = 3, BatchImages = 4 };
        var (saved, other) = (ITrainingSampler.Make(options, labels, 5), ITrainingSampler.Make(options, labels, 6));
        foreach (var _ in saved.NextEpoch()) continue;
        var state = saved.Save();
        var expected = Enumerable.Range(0, 3).SelectMany(_ => saved.NextEpoch()).SelectMany(b => b).ToList();
        other.Restore(state);
        Assert.Equal(expected, Enumerable.Range(0, 3).SelectMany(_ => other.NextEpoch()).SelectMany(b => b));
    }

    [Fact]
    public void A_split_smaller_than_a_batch_is_refused() => Assert.Contains(
        "Expected at least one batch of training.batchClasses x training.batchImages = 12 images in the training split, found 11",
        Assert.Throws<DmlException>(
            () => ITrainingSampler.Make(new() { Sampler = SamplerKind.Random, BatchClasses = 3, BatchImages = 4 }, new int[11], 0)).Message);
}
