using System.Diagnostics;
using System.Text.Json;

namespace Dml.Host.Commands;

/// <summary>A .nupkg file: one that was named, or one that the .NET SDK fetched from a feed.</summary>
internal sealed class FetchedPackage : IDisposable
{
    private readonly DirectoryInfo? _folder;

    private FetchedPackage(string file, DirectoryInfo? folder) => (File, _folder) = (file, folder);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Takes a file as it is, and fetches anything else as a package, with the feeds and credentials that NuGet is configured with.</summary>
    /// <param name="package">A file, NAME or NAME@VERSION.</param>
    /// <param name="sources">Feeds in place of the configured ones; none for those.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">There is no such file or package, or the SDK is missing.</exception>
    public static FetchedPackage Get(string package, IReadOnlyList<string> sources, IProgress<ProgressReport> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        if (Path.GetExtension(package) is ".dll" or ".csproj" || Directory.Exists(package))
        {
            throw new DmlException($"{package}: expected a .nupkg file or the name of a package, found a build or a folder; "
                + "make a package by `dotnet pack`, or give the folder with --plugins.");
        }

        if (System.IO.File.Exists(package)) return new(package, null);
        sources = [.. sources.Select(source => Directory.Exists(source) ? Path.GetFullPath(source) : source)];
        if (package.EndsWith(".nupkg", StringComparison.OrdinalIgnoreCase) || package.Contains('/', StringComparison.Ordinal))
        {
            throw new DmlException($"{package}: expected a .nupkg file, found none; check the path, or give the name of a package on a feed.");
        }

        var (name, version) = package.Split('@') is [var first, var second] ? (first, second) : (package, null);
        var folder = Directory.CreateTempSubdirectory("dml-package-");
        try
        {
            progress.Report(new("fetch the package", 0, 0));
            version ??= Latest(name, sources, cancellationToken);
            return new(Download(name, version, sources, folder.FullName, cancellationToken), folder);
        }
        catch
        {
            folder.Delete(recursive: true);
            throw;
        }
    }

    public void Dispose() => _folder?.Delete(recursive: true);

    private static string Latest(string name, IReadOnlyList<string> sources, CancellationToken cancellationToken)
    {
        var output = Run(["package", "search", name, "--exact-match", "--format", "json", .. Sources("--source", sources)], name, cancellationToken);
        using var found = Json(output);
        var versions = found?.RootElement.GetProperty("searchResult").EnumerateArray()
            .SelectMany(result => result.GetProperty("packages").EnumerateArray())
            .Where(p => string.Equals(p.GetProperty("id").GetString(), name, StringComparison.OrdinalIgnoreCase))
            .Select(p => p.GetProperty("version").GetString()!).ToList() ?? [];
        var release = versions.Where(v => !v.Contains('-', StringComparison.Ordinal)).OrderBy(Numbers).LastOrDefault();
        return release ?? versions.LastOrDefault()
            ?? throw new DmlException(
                $"{name}: expected a file, or a package of that name on {(sources.Count > 0 ? string.Join(", ", sources) : "the feeds of NuGet")}, "
                    + "found neither; check the name, or name a feed with --source.");
    }

    private static string Download(string name, string version, IReadOnlyList<string> sources, string folder, CancellationToken cancellationToken)
    {
        var project = Path.Combine(folder, "fetch.csproj");
        var packages = Path.Combine(folder, "packages");
        System.IO.File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup><PackageDownload Include="{name}" Version="[{version}]" /></ItemGroup>
            </Project>
            """);
        string[] quietly = ["--verbosity", "quiet", "-property:NuGetAudit=false"];
        Run(["restore", project, "--packages", packages, .. quietly, .. Sources("--source", sources)], $"{name} {version}", cancellationToken);
        return Directory.EnumerateFiles(packages, "*.nupkg", SearchOption.AllDirectories).FirstOrDefault()
            ?? throw new DmlException($"{name}@{version}: expected `dotnet restore` to fetch the package, found none; get the .nupkg file and name it.");
    }

    private static IEnumerable<string> Sources(string option, IReadOnlyList<string> sources) => sources.SelectMany(source => new[] { option, source });

    private static string Run(IReadOnlyList<string> arguments, string what, CancellationToken cancellationToken)
    {
        using var process = Start(arguments);
        using var stopped = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode == 0) return output;
        var said = $"{output}\n{errors.Result}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var first = said.FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? said.FirstOrDefault() ?? "nothing";
        throw new DmlException($"Expected to fetch the package {what}, but `dotnet {arguments[0]}` failed ({Plain(first)}); "
            + "check the name, the version and the feed, or get the .nupkg file and name it.");
    }

    private static Process Start(IReadOnlyList<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new DmlException(
                $"Expected the .NET SDK's `dotnet` to fetch a package, but it does not start ({error.Message.TrimEnd('.')}); "
                    + "install the SDK, or get the .nupkg file and name it.",
                error);
        }
    }

    private static JsonDocument? Json(string output)
    {
        try
        {
            return JsonDocument.Parse(output);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The sentence of a message of MSBuild, without the project before it and after it.</summary>
    private static string Plain(string line)
    {
        var start = line.IndexOf("error ", StringComparison.Ordinal);
        var end = line.LastIndexOf(" [", StringComparison.Ordinal);
        return (start < 0 ? line : line[start..(end > start ? end : line.Length)]).TrimEnd('.');
    }

    private static Version Numbers(string version) => Version.TryParse(version, out var numbers) ? numbers : new(0, 0);
}
