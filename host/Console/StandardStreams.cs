using System.Runtime.InteropServices;
using System.Text;

namespace Dml.Host.Terminal;

/// <summary>
/// Standard output and standard error that may be closed, full or without a reader. A command does its work whether or not anybody
/// reads what it prints; at the end it is told, and the exit code says so.
/// </summary>
internal static class StandardStreams
{
    /// <summary>Something could not be printed: EX_IOERR of sysexits.h.</summary>
    public const int NotPrinted = 74;

    private const int Output = 1;
    private const int Error = 2;
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;
    private const int ReadWriteCloseOnExec = 0x80002;

    private static DescriptorStream? _output;

    /// <summary>Puts itself in the place of the console's two writers. To be called before any file is opened.</summary>
    public static void Guard()
    {
        var (output, error) = (IsInherited(Output), IsInherited(Error));
        // The next file to be opened would get a free number, and what is printed would go into it.
        for (var taken = output && error ? Error : 0; taken is >= 0 and < Error;) taken = Open("/dev/null", ReadWriteCloseOnExec);
        _output = new(Output, output);
        Console.SetOut(Writer(_output));
        Console.SetError(Writer(new(Error, error)));
    }

    /// <summary>Tells what could not be printed.</summary>
    /// <param name="exitCode">The command's own exit code.</param>
    /// <returns>The exit code, where the command has none of its own that of an output that failed.</returns>
    public static int Finish(int exitCode)
    {
        if (_output?.Failure is not { } failure) return exitCode;
        Console.Error.WriteLine($"Expected to print to standard output, but the system refused ({failure}); what was printed is cut off, files are not.");
        return exitCode == 0 ? NotPrinted : exitCode;
    }

    /// <summary>Ends the process at once with a last sentence, whatever other threads do or hold.</summary>
    /// <param name="exitCode">The exit code.</param>
    /// <param name="sentence">For standard error.</param>
    public static void End(int exitCode, string sentence)
    {
        using (var error = new DescriptorStream(Error, IsInherited(Error))) error.Write(Encoding.UTF8.GetBytes(sentence + "\n"));
        Exit(exitCode);
    }

    /// <summary>What the runtime opened for itself is closed on exec, and what it was started with cannot be.</summary>
    private static bool IsInherited(int descriptor) => Control(descriptor, GetFlags) is var flags and >= 0 && (flags & CloseOnExec) == 0;

    private static StreamWriter Writer(DescriptorStream stream)
    {
        var encoding = Console.OutputEncoding is { CodePage: not 65001 } other ? other : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new(stream, encoding, bufferSize: 256) { AutoFlush = true };
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(string path, int flags);

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int code);
}
