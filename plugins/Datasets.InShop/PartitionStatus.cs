namespace Dml.Plugins;

/// <summary>What an image of the partition file is for.</summary>
internal enum PartitionStatus
{
    Train,
    Query,
    Gallery,
}
