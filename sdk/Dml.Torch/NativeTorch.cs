using System.Runtime.InteropServices;
using TorchSharp;

namespace Dml.Torch;

/// <summary>
/// Loads libtorch and TorchSharp's native shim before the first torch call. It is needed because (1) libtorch stays in one folder
/// (the package folder, where a tool may have to fetch the package first, a published host, or the user's own, <c>DML_LIBTORCH</c>)
/// instead of in every output, and (2) the shim of TorchSharp 0.107.0 asks for symbol version GLIBCXX_3.4.32 although nothing in it
/// refers to a symbol of that version, which Debian 12, Ubuntu 22.04 and RHEL 9 refuse; a copy with that one need marked weak loads there.
/// </summary>
public static class NativeTorch
{
    /// <summary>Environment variable that names the user's own libtorch folder (its <c>lib</c> folder, or the folder above).</summary>
    public const string FolderVariable = "DML_LIBTORCH";

    private const string Shim = "libLibTorchSharp.so";
    private const string UnusedVersion = "GLIBCXX_3.4.32";
    private static readonly Lock Gate = new();
    private static readonly string[] Libraries =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda_linalg.so", "libtorch_cuda.so", "libtorch.so"];

    private static nint _shim;

    /// <summary>The folder that libtorch was loaded from; null before <see cref="EnsureLoaded"/>.</summary>
    public static string? Folder { get; private set; }

    /// <summary>Loads the native libraries once; later calls do nothing.</summary>
    /// <exception cref="DmlException">They cannot be loaded; the message says why and what to do.</exception>
    public static void EnsureLoaded()
    {
        lock (Gate)
        {
            if (_shim != 0) return;
            if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            {
                throw new DmlException(
                    $"Expected 64-bit Linux on x86-64, found {RuntimeInformation.OSDescription} on {RuntimeInformation.ProcessArchitecture}; "
                        + "no libtorch is shipped for it, so run dml on such a Linux (a container or WSL 2 will do).");
            }

            // libtorch's OpenMP threads spin while they wait, which makes a busy machine crawl. .NET keeps an environment of its
            // own, so the variable must be set natively, before libgomp loads; a value that the user has set stays.
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
            var own = Environment.GetEnvironmentVariable(FolderVariable);
            var folder = string.IsNullOrEmpty(own) && TorchPackage.OfProgram is { } package && !ShippedFolders().Any(HasTorch)
                ? package.Fetch(HasTorch)
                : FindFolder(own, ShippedFolders());
            foreach (var library in Libraries.Select(name => Path.Combine(folder, name)).Where(File.Exists)) Load(library);
            _shim = LoadShim(FindShim(folder));
            NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name.Contains("LibTorchSharp", StringComparison.Ordinal) ? _shim : 0);
            Folder = folder;
        }
    }

    /// <summary>
    /// Loads the native libraries as soon as TorchSharp is first used, for a program that makes tensors before it calls anything of Dml.
    /// Where they cannot be loaded, the first call of Dml says why.
    /// </summary>
    public static void LoadWithTorchSharp()
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) =>
        {
            if (loaded.LoadedAssembly.GetName().Name != "TorchSharp") return;
            try
            {
                EnsureLoaded();
            }
            catch (DmlException)
            {
                // An event is no place to throw from.
            }
        };
    }

    /// <summary>The folder with libtorch_cpu.so: the user's own when one is named, else the first shipped one.</summary>
    /// <param name="own">Value of <see cref="FolderVariable"/>; null or empty when not set.</param>
    /// <param name="shipped">Folders to look in otherwise.</param>
    internal static string FindFolder(string? own, IReadOnlyList<string> shipped)
    {
        if (!string.IsNullOrEmpty(own))
        {
            return new[] { own, Path.Combine(own, "lib") }.FirstOrDefault(HasTorch)
                ?? throw new DmlException($"{FolderVariable} should name a folder that holds libtorch_cpu.so, "
                    + $"found none in {own} nor in {Path.Combine(own, "lib")}; correct the variable or unset it to use the shipped libtorch.");
        }

        return shipped.FirstOrDefault(HasTorch)
            ?? throw new DmlException($"Expected libtorch_cpu.so in one of {string.Join(", ", shipped)}, found none; "
                + $"run `dotnet restore`, or set {FolderVariable} to the lib folder of a libtorch 2.10.");
    }

    /// <summary>Loads the shim, or a cured copy of it where the system's libstdc++ is too old for its unused version need.</summary>
    internal static nint LoadShim(string path)
    {
        if (NativeLibrary.TryLoad(path, out var handle)) return handle;
        var elf = File.ReadAllBytes(path);
        if (!ElfVersionNeeds.MarkWeak(elf, UnusedVersion)) return Load(path);
        try
        {
            return LoadCopy(elf);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DmlException(
                $"Expected to write a cured copy of {path} to {Path.GetTempPath()}, but the system refused ({error.Message.TrimEnd('.')}); "
                    + "free space there or name another folder with TMPDIR.",
                error);
        }
    }

    private static nint LoadCopy(byte[] elf)
    {
        var folder = Directory.CreateTempSubdirectory("dml-native-");
        try
        {
            var copy = Path.Combine(folder.FullName, Shim);
            File.WriteAllBytes(copy, elf);
            return Load(copy);
        }
        finally
        {
            // Linux keeps the mapped file alive without its name.
            folder.Delete(recursive: true);
        }
    }

    private static bool HasTorch(string folder) => File.Exists(Path.Combine(folder, "libtorch_cpu.so"));

    private static List<string> ShippedFolders() =>
    [
        AppContext.BaseDirectory,
        Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
        .. AppContext.GetData("Dml.LibTorchDir") is string { Length: > 0 } folder ? new[] { folder } : [],
        .. TorchPackage.OfProgram is { } package ? package.Known : [],
    ];

    private static string FindShim(string torchFolder)
    {
        List<string> folders = [.. ShippedFolders(), torchFolder];
        if (AppContext.GetData("Dml.LibTorchSharpDir") is string { Length: > 0 } folder) folders.Insert(0, folder);
        return folders.Select(f => Path.Combine(f, Shim)).FirstOrDefault(File.Exists)
            ?? throw new DmlException(
                $"Expected {Shim} (of the TorchSharp package) in one of {string.Join(", ", folders)}, found none; run `dotnet restore` and build again.");
    }

    private static nint Load(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new DmlException(
                $"Expected to load {path}, but the system refused it ({error.Message.ReplaceLineEndings(" ").Trim()}); "
                    + $"libtorch 2.10 for 64-bit Linux is needed, see {FolderVariable}.",
                error);
        }
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironment(string name, string value, int overwrite);
}
