namespace Dml.Engine.Runs;

/// <summary>Retrieval quality in an image view beside the one that the metrics belong to.</summary>
/// <param name="RecallAt1">R@1.</param>
/// <param name="WrongItems">Items whose nearest neighbour has another class.</param>
internal sealed record ViewRecord(double RecallAt1, int WrongItems);
