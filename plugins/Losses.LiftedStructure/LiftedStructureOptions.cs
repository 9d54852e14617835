namespace Dml.Plugins;

/// <summary>Options of the lifted structure loss.</summary>
public sealed record LiftedStructureOptions
{
    /// <summary>alpha, the distance that negatives shall be beyond.</summary>
    [Range(0, 2)]
    public double Margin { get; init; } = 1;
}
