using System.Runtime.CompilerServices;

namespace Dml.Tests;

/// <summary>
/// Snapshot tests in Verify's file conventions: <c>Class.Method.verified.txt</c> beside the test file; on a difference
/// <c>Class.Method.received.txt</c> is written there and the test fails. To accept, rename received to verified.
/// </summary>
internal static class Snapshot
{
    public static void Verify(string actual, string? parameters = null, [CallerFilePath] string file = "", [CallerMemberName] string member = "")
    {
        var name = $"{Path.GetFileNameWithoutExtension(file)}.{member}{(parameters is null ? "" : "_" + parameters)}";
        var stem = Path.Combine(Path.GetDirectoryName(file)!, name);
        var received = actual.ReplaceLineEndings("\n");
        var verified = File.Exists(stem + ".verified.txt") ? File.ReadAllText(stem + ".verified.txt").ReplaceLineEndings("\n") : null;
        if (received == verified)
        {
            File.Delete(stem + ".received.txt");
            return;
        }

        File.WriteAllText(stem + ".received.txt", received);
        Assert.Fail(verified is null
            ? $"There is no snapshot {name}.verified.txt yet; read {name}.received.txt beside the test and rename it if it is right."
            : $"{name}.received.txt differs from {name}.verified.txt at line {FirstDifference(verified, received)}; "
                + "rename received to verified if the change is meant.");
    }

    private static int FirstDifference(string a, string b) =>
        a.Split('\n').Zip(b.Split('\n')).TakeWhile(x => x.First == x.Second).Count() + 1;
}
