namespace Dml.Testing;

/// <summary>Takes reports and keeps none.</summary>
internal sealed class IgnoredProgress : IProgress<ProgressReport>
{
    public void Report(ProgressReport value)
    {
    }
}
