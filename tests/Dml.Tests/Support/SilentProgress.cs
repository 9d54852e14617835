namespace Dml.Tests.Support;

internal sealed class SilentProgress : IProgress<ProgressReport>
{
    public static SilentProgress Instance { get; } = new();

    public void Report(ProgressReport value)
    {
    }
}
