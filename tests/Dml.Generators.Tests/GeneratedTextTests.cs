using Dml.Tests;

namespace Dml.Generators.Tests;

public class GeneratedTextTests
{
    [Fact]
    public void A_binder_reads_and_describes_every_type_of_option() =>
        Snapshot.Verify(TestCompiler.Generate(TestCompiler.Compile(Sources.EveryType, Sources.EveryTypeLoss)).Text);

    [Fact]
    public void A_registration_lists_the_plugins_by_name() =>
        Snapshot.Verify(
            TestCompiler.Generate(TestCompiler.Compile(Sources.EveryType, Sources.EveryTypeLoss, Sources.PlainDataset)).File("PluginRegistration.g.cs"));
}
