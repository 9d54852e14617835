using Dml.Engine.Data;

namespace Dml.Tests.Data;

public sealed class DatasetLabelsTests
{
    [Theory]
    [InlineData("Training", 2)]
    [InlineData("Training", -1)]
    [InlineData("Query", 3)]
    [InlineData("Query", -1)]
    [InlineData("Gallery", 7_000_014)]
    public void A_class_that_is_not_there_is_told_before_the_training(string split, int label)
    {
        var error = Assert.Throws<DmlException>(() => DatasetLabels.Checked(Dataset(split, label)));
        var end = split == "Training" ? 2 : 3;
        Assert.Equal(
            $"MetricDataset.{split}: expected class indices in [0, {end}), found {label} for \"{split}.png\"; correct the dataset plugin.", error.Message);
    }

    [Fact]
    public void Classes_that_are_there_pass()
    {
        var dataset = Dataset("Training", 1);
        Assert.Same(dataset, DatasetLabels.Checked(dataset));
    }

    private static MetricDataset Dataset(string split, int label) => new(
        ["a", "b", "c"], 2, [Sample("Training", 0)], [Sample("Query", 2)], [Sample("Gallery", 2)])
    {
        Training = [Sample("Training", split == "Training" ? label : 0)],
        Query = [Sample("Query", split == "Query" ? label : 2)],
        Gallery = [Sample("Gallery", split == "Gallery" ? label : 2)],
    };

    private static ImageSample Sample(string name, int label) => new($"{name}.png", $"/{name}.png", label);
}
