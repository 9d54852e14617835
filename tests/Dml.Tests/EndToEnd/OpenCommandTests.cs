using System.Diagnostics;
using System.Net;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>The explorer as a process of its own, and what its command refuses.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class OpenCommandTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public async Task It_prints_where_it_is_answers_and_ends_by_ctrl_c()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("env", ["--default-signal=INT", DmlProcess.Host(), "open", tiny.Path])
        {
            RedirectStandardOutput = true,
            Environment = { ["XDG_CACHE_HOME"] = folder.Path },
        };
        using var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync() ?? "";
            var address = new Uri(line[line.IndexOf("http://127.0.0.1:", StringComparison.Ordinal)..]);
            using var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new() });
            using var page = await client.GetAsync(address);
            Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
            using var run = await client.GetAsync(new Uri(address, "/api/run"));
            Assert.Equal(HttpStatusCode.OK, run.StatusCode);
            using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
            await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Theory]
    [InlineData("Expected either a run folder or --features FILE, found neither; give one of them.", "open")]
    [InlineData("Expected either a run folder or --features FILE, found both; give one of them.", "open", "{dir}", "--features", "{dir}/f.npz")]
    [InlineData("--loss: expected it with --features only, found it with a run; leave it out.", "open", "{dir}", "--loss", "proxy-nca-pp")]
    [InlineData("--out: expected it with --features only, found it with a run; leave it out.", "open", "{dir}", "--out", "{dir}/x")]
    [InlineData("--overwrite: expected it with --features only, found it with a run; leave it out.", "open", "{dir}", "--overwrite")]
    [InlineData("--loss: expected the loss of the head, found nothing; give --loss NAME.", "open", "--features", "{dir}/f.npz")]
    [InlineData("--out: expected a folder for the run, found nothing; give --out DIR.", "open", "--features", "{dir}/f.npz", "--loss", "proxy-nca-pp")]
    public void What_is_missing_or_too_much_is_told(string sentence, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, sentence, arguments);
    }

    [Theory]
    [InlineData("--quiet", "The explorer of run is at http")]
    [InlineData("--json", "{\"address\":\"http")]
    public async Task Its_address_is_told_at_once_in_every_form(string form, string begins)
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo(DmlProcess.Host(), ["open", tiny.Path, form])
        {
            RedirectStandardOutput = true,
            Environment = { ["XDG_CACHE_HOME"] = folder.Path },
        };
        using var process = Process.Start(start)!;
        try
        {
            var told = process.StandardOutput.ReadLineAsync();
            Assert.StartsWith(begins, await told.WaitAsync(TimeSpan.FromMinutes(1)), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public void Another_address_needs_a_token() => Testing.Sentences.AssertLike(
        "--token: expected a secret of your own beside --host 0.0.0.0, which lets other machines in, found none; give --token TEXT of 16 letters, *",
        DmlCommand.Run("open", tiny.Path, "--host", "0.0.0.0").LastErrorLine);
}
