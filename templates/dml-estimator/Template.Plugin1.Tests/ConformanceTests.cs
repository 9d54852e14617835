namespace Template.Plugin1.Tests;

public class ConformanceTests
{
    [Fact]
    public void The_estimator_keeps_its_contract() => EstimatorConformance.Check(() => new Template_Plugin1Estimator(new()));
}
