using System.Runtime.InteropServices;

namespace Dml.Tests.Support;

/// <summary>Makes this thread touch files as the user "nobody", so that permissions also count where tests run as root.</summary>
internal sealed class UnprivilegedThread : IDisposable
{
    private const uint Nobody = 65534;
    private readonly uint _before = SetFileUser(Nobody);

    /// <summary>Lets every user read the folder and only its owner write to it.</summary>
    public static void Open(string folder) => SetMode(folder, (UnixFileMode)0b111_101_101);

    /// <summary>Lets no user but root read the folder.</summary>
    public static void Lock(string folder) => SetMode(folder, UnixFileMode.None);

    public void Dispose() => _ = SetFileUser(_before);

    private static void SetMode(string folder, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, mode);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint SetFileUser(uint user);
}
