using PublicApiGenerator;

namespace Dml.Tests;

public sealed class PublicApiTests
{
    /// <summary>What plugins are compiled against. A change here raises AssemblyVersion's minor (an addition) or major (a break).</summary>
    [Fact]
    public void Abstractions_keep_their_public_api() =>
        Snapshot.Verify(typeof(IMetricLoss).Assembly.GeneratePublicApi(new() { IncludeAssemblyAttributes = false }));

    [Fact]
    public void The_contract_version_is_that_of_the_snapshot() =>
        Assert.Equal(new Version(1, 2, 0, 0), typeof(IMetricLoss).Assembly.GetName().Version);
}
