using Dml.Engine;
using Dml.Explorer;
using Dml.Tests.EndToEnd;
using Dml.Tests.Reporting;
using Dml.Tests.Support;

namespace Dml.Tests.Explorer;

/// <summary>A tiny run with wrong labels and class names that are markup, its explorer, and a browser. Without a browser there is none of it.</summary>
public sealed class BrowsedExplorer : IAsyncLifetime
{
    public const string Token = "a-token-of-the-tests";

    /// <summary>Names of a training class and of a test class.</summary>
    public static readonly (string Training, string Test) Markup = ("class003 <b>&amp;\"'", "class019 <img src=x onerror=alert(1)>");

    private readonly TemporaryFolder _folder = new();
    private Run? _run;
    private ExplorerServer? _server;
    private Browser? _browser;

    public string RunFolder => _run!.Path;

    public string Review => Path.Combine(RunFolder, "review.jsonl");

    public string Cache => _folder.File("cache");

    internal Browser Browser => _browser!;

    public async ValueTask InitializeAsync()
    {
        if (!Browser.Exists) return;
        var images = _folder.File("images");
        TinyTraining.CopyImages(TinyTraining.Train(_folder, "drawn"), images);
        Directory.Move(Path.Combine(images, "class003"), Path.Combine(images, Markup.Training));
        Directory.Move(Path.Combine(images, "class019"), Path.Combine(images, Markup.Test));
        string[] same = ["--set", TinyTraining.FolderDataset("images"), "--set", "noise.share=0.2"];
        _run = Run.Open(TinyTraining.Train(_folder, "runs/tiny", [.. same, "--set", "training.epochs=6"]));
        TinyTraining.Train(_folder, "runs/other", same);
        _server = await ExplorerServer.StartAsync(_run, new() { Token = Token, CacheFolder = Cache });
        _browser = Browser.Start();
    }

    /// <summary>The page at an address, in a window of this width, without decisions of other tests.</summary>
    internal Browser Open(string hash, int width = 1280)
    {
        Browser.SkipWhereMissing();
        File.Delete(Review);
        Browser.Resize(width, 860);
        Browser.GoTo(_server!.Entrance);
        Browser.GoTo(new Uri(_server.Address, hash));
        Browser.Run("localStorage.clear(); delete document.documentElement.dataset.theme;");
        Browser.Wait("the page is there", () => Browser.FindAll("#view[aria-busy=false] h1").Count > 0);
        _ = Browser.Console; // What other tests were told is not this one's.
        return Browser;
    }

    public async ValueTask DisposeAsync()
    {
        _browser?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        _run?.Dispose();
        _folder.Dispose();
    }
}
