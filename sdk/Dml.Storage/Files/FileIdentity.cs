using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dml.Storage;

/// <summary>What tells one file, and one state of it, from another, without reading it.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Node">The file in it, whatever it is called.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When its content was last changed, in nanoseconds; programs can set it back.</param>
/// <param name="Changed">When it was last touched at all, in nanoseconds; kept by the system.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Node, long Length, long Modified, long Changed)
{
    // Linux's statx: one layout on every processor, unlike stat.
    private const int CurrentFolder = -100;
    private const int OfDescriptor = 0x1000;
    private const uint Basic = 0x7ff;
    private const int RecordBytes = 256;

    /// <summary>Identity of what a path leads to; null where there is nothing, or where the system cannot tell.</summary>
    public static FileIdentity? Of(string path) => Read(CurrentFolder, path, 0);

    /// <summary>Identity of an open file, which may have lost its name since.</summary>
    public static FileIdentity? Of(SafeFileHandle file)
    {
        var held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return Read((int)file.DangerousGetHandle(), "", OfDescriptor);
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    /// <summary>Whether both are the same file, in whatever state.</summary>
    public bool IsFileOf(FileIdentity? other) => other is { } there && (there.Device, there.Node) == (Device, Node);

    private static FileIdentity? Read(int folder, string path, int flags)
    {
        var record = new byte[RecordBytes];
        try
        {
            if (Describe(folder, path, flags, Basic, record) != 0) return null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        return new(Number(136), Number(32), (long)Number(40), Time(112), Time(96));

        ulong Number(int at) => BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(at));

        long Time(int at) => ((long)Number(at) * 1_000_000_000) + BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at + 8));
    }

    [DllImport("libc", EntryPoint = "statx", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Describe(int folder, string path, int flags, uint mask, byte[] record);
}
