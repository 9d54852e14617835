namespace Dml.Tests.Support;

/// <summary>Keeps every report, in the thread that made it.</summary>
internal sealed class RecordedProgress(Action<ProgressReport>? also = null) : IProgress<ProgressReport>
{
    public List<ProgressReport> Reports { get; } = [];

    public void Report(ProgressReport value)
    {
        Reports.Add(value);
        also?.Invoke(value);
    }
}
