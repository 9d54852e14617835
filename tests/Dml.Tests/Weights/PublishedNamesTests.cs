using Dml.Engine.Models;
using Dml.Plugins;

namespace Dml.Tests.Weights;

/// <summary>Names as published checkpoints of the two backbones have them, all of which must find their place.</summary>
public sealed class PublishedNamesTests
{
    [Theory]
    [InlineData("module.0.base.", "module.1.")]
    [InlineData("0.base.", "1.")]
    [InlineData("module.", "module.embedding.")]
    [InlineData("", "")]
    public void ResNet50_is_found_behind_every_prefix_with_its_classifier_and_beside_a_head(string prefix, string head) =>
        Check(new ResNet50Backbone(new ResNet50Options()), name => prefix + name, prefix, [prefix + "fc.weight", prefix + "fc.bias"], head);

    [Theory]
    [InlineData("module.0.", "module.1.", "last_linear")]
    [InlineData("module.0.", "module.1.", "fc")]
    [InlineData("", "", "last_linear")]
    [InlineData("", "", "fc")]
    public void BnInception_is_found_behind_every_prefix_with_its_classifier_and_beside_a_head(string prefix, string head, string classifier) =>
        Check(
            new BnInceptionBackbone(new BnInceptionOptions()), name => prefix + name, prefix, [$"{prefix}{classifier}.weight", $"{prefix}{classifier}.bias"],
            head);

    [Theory]
    [InlineData("module.0.", "module.1.", true)]
    [InlineData("module.0.", "module.1.", false)]
    [InlineData("", "", true)]
    [InlineData("", "", false)]
    public void ResNet50_as_a_Sequential_of_its_children_is_found_by_their_numbers(string prefix, string head, bool classifies)
    {
        string[] children = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"];
        Check(
            new ResNet50Backbone(new ResNet50Options()),
            name => $"{prefix}{Array.IndexOf(children, name.Split('.')[0])}{name[name.IndexOf('.', StringComparison.Ordinal)..]}",
            prefix, classifies ? [prefix + "9.weight", prefix + "9.bias"] : [], head);
    }

    private static void Check(IBackbone backbone, Func<string, string> published, string prefix, string[] classifier, string head)
    {
        using var module = backbone.CreateModule();
        var known = module.state_dict().Keys;
        string[] heads = head.Length == 0 ? [] : [head + "weight", head + "bias"];
        var match = WeightNames.Match([.. known.Select(published), .. classifier, .. heads], known, backbone.MapWeightName, "file");
        Assert.Equal(prefix, match.Prefix);
        Assert.Equal(known.Order(StringComparer.Ordinal), match.Found.Keys.Order(StringComparer.Ordinal));
        Assert.All(match.Found, pair => Assert.Equal(published(pair.Key), pair.Value));
        Assert.Equal(classifier, match.LeftOut);
        Assert.Equal(heads, match.Unknown);
        Assert.Empty(match.Missing);
    }
}
