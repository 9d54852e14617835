using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Dml.Storage;

/// <summary>Tells what stands at a path without opening it: opening a named pipe waits for a writer, and some devices act on it.</summary>
internal static class FileKind
{
    private const int CurrentFolder = -100;
    private const uint OfType = 1;

    /// <summary>Bytes of the kernel's struct statx, the same on every processor, and where st_mode stands in it.</summary>
    private const int StatusSize = 256;
    private const int ModeOffset = 28;
    private const int TypeBits = 0xF000;

    /// <summary>What the path leads to, links followed, where that is no regular file: "a folder". Null for a regular file and for nothing.</summary>
    /// <param name="path">The path.</param>
    public static string? OtherThanFile(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var status = new byte[StatusSize];
        if (Status(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, OfType, status) != 0) return null;
        return (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModeOffset)) & TypeBits) switch
        {
            0x8000 => null,
            0x4000 => "a folder",
            0x1000 => "a named pipe",
            0xC000 => "a socket",
            _ => "a device",
        };
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Status(int folder, byte[] path, int flags, uint mask, [Out] byte[] status);
}
