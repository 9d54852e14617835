using System.Runtime.InteropServices;
using Dml.Host.Terminal;

namespace Dml.Host.Commands;

/// <summary>
/// Ctrl-C and SIGTERM. The first one stops the command, which then ends in its own way; a second one ends the process at once. All files
/// are complete or absent and an unfinished training says so itself, so that nothing is lost by it.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    private const string EndedAtOnce = "Ended at once by a second signal; every file is complete or absent, "
        + "and the same command does or goes on with the rest.";

    /// <summary>Those of the process, heeded up to its very end.</summary>
    public static TerminationSignals OfProcess { get; } = new();

    // Never disposed of: the handler of a late signal may still hold it.
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public TerminationSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive)];

    /// <summary>Set by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Exit code of a command that the first signal stopped, as shells number it: 130 after Ctrl-C, 143 after SIGTERM.</summary>
    public int ExitCode { get; private set; } = CommandRunner.Stopped;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        context.Cancel = true;
        var code = context.Signal == PosixSignal.SIGTERM ? CommandRunner.Terminated : CommandRunner.Stopped;
        if (Interlocked.Increment(ref _received) > 1) StandardStreams.End(code, EndedAtOnce);
        ExitCode = code;
        _source.Cancel();
    }
}
