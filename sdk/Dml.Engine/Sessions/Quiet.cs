namespace Dml.Engine.Sessions;

/// <summary>Progress that nobody asked for.</summary>
internal sealed class Quiet : IProgress<ProgressReport>
{
    public static Quiet Instance { get; } = new();

    public void Report(ProgressReport value)
    {
    }
}
