namespace Template.Plugin1.Tests;

public class ConformanceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_sampler_keeps_its_contract(double power) =>
        SamplerConformance.Check(context => new Template_Plugin1Sampler(new() { Power = power }, context));
}
