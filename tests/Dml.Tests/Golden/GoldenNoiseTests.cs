using System.Text.Json;
using Dml.Engine.Data;
using Dml.Tests.Support;

namespace Dml.Tests.Golden;

public sealed class GoldenNoiseTests
{
    private static readonly JsonElement Facts = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("golden", "extra", "mt19937_noise_draws.json"))).RootElement;

    [Fact]
    public void Draws_equal_those_of_numpy_for_every_seed_and_size()
    {
        foreach (var draw in Facts.GetProperty("draws").EnumerateArray())
        {
            var indices = new LegacyRandom(draw.GetProperty("seed").GetUInt32())
                .Permutation(draw.GetProperty("N").GetInt32()).Take(draw.GetProperty("size").GetInt32()).ToArray();
            Assert.Equal(draw.GetProperty("first20").EnumerateArray().Select(x => x.GetInt32()), indices.Take(20));
            Assert.Equal(draw.GetProperty("sum").GetInt64(), indices.Sum(i => (long)i));
            Assert.Equal(draw.GetProperty("sum_i_times_index").GetInt64(), indices.Select((index, i) => (i + 1L) * index).Sum());
        }
    }

    [Fact]
    public void Noisy_labels_equal_the_published_ones()
    {
        var labels = GoldenCase.Load("in/train_labels").data<long>().ToArray().Select(l => (int)l).ToArray();
        var clean = labels.ToArray();
        var noise = LabelNoise.Apply(labels, 12, new() { Share = 0.1 }, seed: 3);
        Assert.Equal(GoldenCase.Load("noisy/labels").data<long>().ToArray(), labels.Select(l => (long)l));
        Assert.Equal(GoldenCase.Load("noisy/indices").data<long>().ToArray(), noise.Indices.Select(i => (long)i));
        Assert.Equal(noise.Indices.Select(i => clean[i]), noise.TrueLabels);
    }
}
