using System.Runtime.InteropServices;

namespace Dml.Host.Terminal;

/// <summary>
/// Writes to one of the process's own descriptors. Never throws: what goes wrong first is kept in <see cref="Failure"/>, and all that is
/// written afterwards is dropped. .NET's own stream says nothing of a reader that has gone and throws at everything else.
/// </summary>
/// <param name="descriptor">1 for standard output, 2 for standard error.</param>
/// <param name="isOpen">Whether the process was started with it.</param>
internal sealed class DescriptorStream(int descriptor, bool isOpen) : Stream
{
    private const int Interrupted = 4;
    private const int WouldBlock = 11;

    /// <summary>Why something could not be written; null while all could.</summary>
    public string? Failure { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!isOpen && buffer.Length > 0) Failure ??= "it is closed";
        while (Failure is null && buffer.Length > 0)
        {
            var written = Write(descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            // A pipe that somebody made non-blocking is waited for.
            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock) Thread.Sleep(1);
            else if (error != Interrupted) Failure = Marshal.GetPInvokeErrorMessage(error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, ref readonly byte buffer, nint count);
}
