namespace Dml.Host.Terminal;

/// <summary>Lets warnings and other remarks through and keeps the stages of the work back.</summary>
/// <param name="shown">Gets the remarks.</param>
internal sealed class RemarksAlone(IProgress<ProgressReport> shown) : IProgress<ProgressReport>
{
    /// <inheritdoc/>
    public void Report(ProgressReport value)
    {
        if (value is { Done: 0, Total: 0, Detail.Length: > 0 }) shown.Report(value);
    }
}
