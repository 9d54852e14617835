namespace Dml;

/// <summary>A contract that has changed.</summary>
public interface IMetricLoss
{
    /// <summary>Something that version 1 does not have.</summary>
    string Formula { get; }
}
