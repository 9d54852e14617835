namespace Template.Plugin1.Tests;

public class ConformanceTests
{
    [Fact]
    public void The_backbone_keeps_its_contract() => BackboneConformance.Check(new Template_Plugin1Backbone(new()), imageSize: 32);
}
