using Dml.Numerics;
using Dml.Storage;
using PublicApiGenerator;

namespace Dml.Tests;

public sealed class PublicApiTests
{
    /// <summary>What plugins are compiled against. A change here raises AssemblyVersion's minor (an addition) or major (a break).</summary>
    [Fact]
    public void Abstractions_keep_their_public_api() =>
        Snapshot.Verify(PublicApi(typeof(IMetricLoss)));

    [Fact]
    public void The_contract_version_is_that_of_the_snapshot() =>
        Assert.Equal(new Version(1, 7, 0, 0), typeof(IMetricLoss).Assembly.GetName().Version);

    /// <summary>What plugins and programs compute with. Shared with plugins too, so the same rule of versions holds.</summary>
    [Fact]
    public void Numerics_keep_their_public_api() => Snapshot.Verify(PublicApi(typeof(UnitRows)));

    [Fact]
    public void The_version_of_the_numerics_is_that_of_the_snapshot() =>
        Assert.Equal(new Version(2, 4, 0, 0), typeof(UnitRows).Assembly.GetName().Version);

    [Fact]
    public void Storage_keeps_its_public_api() => Snapshot.Verify(PublicApi(typeof(SafeTensors)));

    [Fact]
    public void The_version_of_the_storage_is_that_of_the_snapshot() =>
        Assert.Equal(new Version(1, 2, 0, 0), typeof(SafeTensors).Assembly.GetName().Version);

    /// <summary>What programs call; docs/api.md tells it.</summary>
    [Fact]
    public void The_engine_keeps_its_public_api() => Snapshot.Verify(PublicApi(typeof(Engine.Run)));

    private static string PublicApi(Type type) => type.Assembly.GeneratePublicApi(new() { IncludeAssemblyAttributes = false });
}
