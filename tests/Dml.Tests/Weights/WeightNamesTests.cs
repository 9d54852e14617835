using Dml.Engine.Models;

namespace Dml.Tests.Weights;

public sealed class WeightNamesTests
{
    private static readonly string[] Module =
        ["conv1.weight", "bn1.weight", "bn1.num_batches_tracked", "layer1.0.conv1.weight", "layer1.0.bn1.weight", "layer1.0.bn1.num_batches_tracked"];

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("module.0.base.")]
    [InlineData("0.base.")]
    [InlineData("model.")]
    [InlineData("encoder.backbone.")]
    public void A_prefix_is_found_by_rule_even_where_names_end_alike(string prefix)
    {
        var match = Match([.. Module.Select(n => prefix + n), "module.1.weight", "module.1.bias"]);
        Assert.Equal(prefix, match.Prefix);
        Assert.All(Module, name => Assert.Equal(prefix + name, match.Found[name]));
        Assert.Equal(["module.1.weight", "module.1.bias"], match.Unknown);
        Assert.Empty(match.Missing);
    }

    [Fact]
    public void A_prefix_that_only_one_name_has_does_not_win()
    {
        var match = Match([.. Module, "ema.conv1.weight"]);
        Assert.Equal("", match.Prefix);
        Assert.Equal(["ema.conv1.weight"], match.Unknown);
    }

    [Fact]
    public void Counters_of_batch_norm_may_be_missing_and_nothing_else()
    {
        Assert.Empty(Match([.. Module.Where(n => !n.EndsWith("tracked", StringComparison.Ordinal))]).Missing);
        Assert.Equal(["layer1.0.bn1.weight"], Match([.. Module.Where(n => n != "layer1.0.bn1.weight")]).Missing);
    }

    [Fact]
    public void Names_are_mapped_after_the_prefix_and_some_are_left_out_on_purpose()
    {
        var match = WeightNames.Match(
            ["net.old.conv1.weight", "net.fc.weight", "net.x"], Module,
            name => name.StartsWith("fc.", StringComparison.Ordinal) ? null : name.Replace("old.", ""), "file");
        Assert.Equal("net.", match.Prefix);
        Assert.Equal("net.old.conv1.weight", match.Found["conv1.weight"]);
        Assert.Equal(["net.fc.weight"], match.LeftOut);
        Assert.Equal(["net.x"], match.Unknown);
    }

    [Fact]
    public void Two_names_for_one_tensor_are_refused()
    {
        var error = Assert.Throws<DmlException>(
            () => WeightNames.Match(["a.conv1.weight", "a.Conv1.weight"], Module, name => name.ToLowerInvariant(), "file.pth"));
        Assert.Equal(
            "file.pth: expected one tensor for the backbone's conv1.weight, found a.conv1.weight and a.Conv1.weight; save the model's state_dict() alone.",
            error.Message);
    }

    private static WeightNames Match(IReadOnlyCollection<string> names) => WeightNames.Match(names, Module, name => name, "file");
}
