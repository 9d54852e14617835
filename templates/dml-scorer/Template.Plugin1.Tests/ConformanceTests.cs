namespace Template.Plugin1.Tests;

public class ConformanceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_scorer_keeps_its_contract(bool countsOthers) => ScorerConformance.Check(() => new Template_Plugin1Scorer(new() { CountsOthers = countsOthers }));
}
