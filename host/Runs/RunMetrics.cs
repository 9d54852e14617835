namespace Dml.Host.Runs;

/// <summary>One trained epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Mean training loss.</param>
internal sealed record EpochLoss(int Epoch, double Loss);

/// <summary>metrics.json: retrieval quality on the test split and the training curve.</summary>
/// <param name="Recall">R@k by k.</param>
/// <param name="TestItems">M.</param>
/// <param name="WrongItems">Test items whose nearest neighbour has another class.</param>
/// <param name="Epochs">Training curve; empty for a model trained elsewhere.</param>
internal sealed record RunMetrics(IReadOnlyDictionary<string, double> Recall, int TestItems, int WrongItems, IReadOnlyList<EpochLoss> Epochs)
{
    public static RunMetrics? TryRead(string path) => RunFile.TryRead(path, RunJson.Default.RunMetrics, "`dml train`");

    public void Write(string path) => RunFile.Write(path, this, RunJson.Default.RunMetrics);
}
