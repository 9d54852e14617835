using System.Runtime.CompilerServices;

namespace Dml.Tests.Support;

/// <summary>Files under tests/fixtures, found by source path.</summary>
internal static class Fixtures
{
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root(), .. parts]);

    private static string Root([CallerFilePath] string file = "") =>
        System.IO.Path.GetFullPath("../../fixtures", System.IO.Path.GetDirectoryName(file)!);
}
