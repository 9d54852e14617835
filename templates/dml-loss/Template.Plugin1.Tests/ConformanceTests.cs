namespace Template.Plugin1.Tests;

public class ConformanceTests
{
    [Fact]
    public void The_loss_keeps_its_contract() => LossConformance.Check(shape => new Template_Plugin1Loss(new(), shape));

    [Fact]
    public void So_it_does_without_a_margin() => LossConformance.Check(shape => new Template_Plugin1Loss(new() { Margin = 0 }, shape));
}
