using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>A trained run with results, of which tests get copies to damage.</summary>
public sealed class RunWithResults : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunWithResults()
    {
        Path = TinyTraining.Train(_folder, "run");
        Bare = System.IO.Path.Combine(_folder.Path, "bare");
        Copy(Path, Bare);
        DmlCommand.Succeed("confusions", Path);
        DmlCommand.Succeed("influence", Path, "--groups", "2");
        DmlCommand.Succeed("mislabel", Path, "--groups", "2");
        DmlCommand.Succeed("verify", Path, "--groups", "1", "--estimators", "similarity", "--subsets", "8", "--steps", "1");
        DmlCommand.Succeed("report", Path);
    }

    /// <summary>With results.</summary>
    public string Path { get; }

    /// <summary>As training left it.</summary>
    public string Bare { get; }

    /// <summary>A copy with the same bytes.</summary>
    public static string Copy(string run, string target)
    {
        foreach (var file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(target, System.IO.Path.GetRelativePath(run, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    public void Dispose() => _folder.Dispose();
}
