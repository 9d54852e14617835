using System.Diagnostics;

namespace Dml.Torch;

/// <summary>
/// libtorch as a NuGet package: where it lies among the packages of the machine, and how it gets there. A tool that is installed by
/// <c>dotnet tool install</c> cannot bring it along as a dependency.
/// </summary>
internal sealed class TorchPackage
{
    private readonly string _name;
    private readonly string _version;

    /// <summary>Names the package.</summary>
    /// <param name="package">Its name and version, <c>name/version</c>.</param>
    public TorchPackage(string package)
    {
        var parts = package.Split('/');
        (_name, _version) = (parts[0], parts[1]);
    }

    /// <summary>The package that the program's runtime configuration names, or null: a program that is built against libtorch knows where it is.</summary>
    public static TorchPackage? OfProgram => AppContext.GetData("Dml.LibTorchPackage") is string { Length: > 0 } package ? new(package) : null;

    /// <summary>The folder of NuGet's packages as the environment gives it, else the user's default one.</summary>
    public static string PackageFolder =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>
    /// The folders where libtorch may lie without asking NuGet: in its usual package folder, and where it was found the last time, which is another one where
    /// NuGet is configured so.
    /// </summary>
    public IReadOnlyList<string> Known => [In(PackageFolder), .. Remembered() is { } folder ? new[] { folder } : []];

    /// <summary>The file that keeps where libtorch was found, in the user's data folder.</summary>
    private string Memory
    {
        get
        {
            var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)
                ? given
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
            return Path.Combine(data, "dml", "libtorch", $"{_name}-{_version}.txt");
        }
    }

    /// <summary>The folder of libtorch's files in a package folder, whether it exists or not.</summary>
    /// <param name="packageFolder">A folder of NuGet packages.</param>
    public string In(string packageFolder) => Path.Combine(packageFolder, _name, _version, "runtimes", "linux-x64", "native");

    /// <summary>
    /// Has the .NET SDK restore the package, from the sources and with the credentials that NuGet is configured with, and gives the folder of libtorch's
    /// files. One line on standard error says so before.
    /// </summary>
    /// <param name="holdsTorch">Whether a folder holds libtorch.</param>
    /// <exception cref="DmlException">There is no SDK, or the restore failed; the message says what it said.</exception>
    public string Fetch(Func<string, bool> holdsTorch)
    {
        Console.Error.WriteLine($"libtorch {_version} is not on this machine: fetching its NuGet package {_name} once (about 130 MB).");
        var folder = Directory.CreateTempSubdirectory("dml-libtorch-");
        try
        {
            var project = Path.Combine(folder.FullName, "libtorch.csproj");
            File.WriteAllText(project, $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                  <ItemGroup><PackageDownload Include="{_name}" Version="[{_version}]" /></ItemGroup>
                </Project>
                """);
            var folders = Restore(project);
            var found = folders.Select(In).FirstOrDefault(holdsTorch)
                ?? throw new DmlException(
                    $"Expected libtorch in {string.Join(" or ", folders.Select(In))} after `dotnet restore`, found none; {Otherwise}.");
            if (found != In(PackageFolder)) Remember(found);
            return found;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string? Remembered()
    {
        try
        {
            return File.Exists(Memory) && File.ReadAllText(Memory).Trim() is { Length: > 0 } folder && Path.IsPathRooted(folder) ? folder : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Where it cannot be kept, NuGet is asked again the next time, and says so.</summary>
    private void Remember(string folder)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Memory)!);
            var next = $"{Memory}.{Environment.ProcessId}.partial";
            File.WriteAllText(next, folder + "\n");
            File.Move(next, Memory, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Where libtorch lies is not kept in {Memory} ({error.Message.TrimEnd('.')}); it will be looked for again.");
        }
    }

    private static string Otherwise => $"set {NativeTorch.FolderVariable} to the lib folder of a libtorch 2.10";

    /// <summary>Restores the project and gives the folders that NuGet restores to and falls back on, which its configuration names.</summary>
    private string[] Restore(string project)
    {
        Run("restore", project, "--verbosity", "quiet", "-property:NuGetAudit=false");
        return Run("msbuild", project, "-nologo", "-getProperty:NuGetPackageFolders")
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private string Run(params string[] arguments)
    {
        using var process = Start(new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return output.Trim();
        var said = $"{output}\n{errors.Result}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var first = said.FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? said.FirstOrDefault() ?? "nothing";
        throw new DmlException($"Expected to fetch the NuGet package {_name} {_version}, but `dotnet {arguments[0]}` failed ({first}); "
            + $"see that NuGet reaches a source that has it, or {Otherwise}.");
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new DmlException($"Expected the .NET SDK's `dotnet` to fetch the NuGet package {_name} {_version}, but it does not start "
                + $"({error.Message.TrimEnd('.')}); install the SDK, or {Otherwise}.", error);
        }
    }
}
