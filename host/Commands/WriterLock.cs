using Dml.Engine.Runs;

namespace Dml.Host.Commands;

/// <summary>Takes the lock of a folder for a command, which holds it until all is written.</summary>
internal static class WriterLock
{
    /// <summary>Takes it.</summary>
    /// <param name="folder">Where the command writes.</param>
    /// <param name="command">Name of the command.</param>
    /// <param name="shared">Whether others of its kind may write there too.</param>
    /// <exception cref="DmlException">Another command writes there.</exception>
    public static RunLock Take(string folder, string command, bool shared = false)
    {
        var held = RunLock.Take(folder, $"`dml {command}`", shared);
        if (held.Warning is { } warning) Warn(warning);
        return held;
    }

    /// <summary>Tells what the user should know, beside the results.</summary>
    public static void Warn(string sentence) => Console.Error.WriteLine($"warning: {sentence}");
}
