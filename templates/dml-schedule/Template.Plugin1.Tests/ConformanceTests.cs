namespace Template.Plugin1.Tests;

public class ConformanceTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    public void The_schedule_keeps_its_contract(double power) => ScheduleConformance.Check(() => new Template_Plugin1Schedule(new() { Power = power }));
}
