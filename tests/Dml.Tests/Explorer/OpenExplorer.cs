using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dml.Engine;
using Dml.Explorer;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;

namespace Dml.Tests.Explorer;

/// <summary>A tiny run with some wrong labels, and its explorer.</summary>
public sealed class OpenExplorer : IAsyncLifetime
{
    public const string Token = "a-token-of-the-tests";

    private readonly TemporaryFolder _folder = new();
    private Run? _run;
    private ExplorerServer? _server;

    public Run Run => _run!;

    public Model Model => Run.Model;

    public ExplorerServer Server => _server!;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public string Cache => _folder.File("cache");

    public async ValueTask InitializeAsync()
    {
        var path = TinyTraining.Train(_folder, "runs/tiny", "--set", "noise.share=0.1", "--set", "training.epochs=6");
        TinyTraining.Train(_folder, "runs/other", "--set", "seed=0", "--set", "noise.share=0.1");
        _run = Run.Open(path);
        _server = await Start(_run);
        Client.BaseAddress = _server.Address;
        Client.DefaultRequestHeaders.Add("X-Dml-Token", Token);
    }

    public Task<ExplorerServer> Start(Run run) => ExplorerServer.StartAsync(run, new() { Token = Token, CacheFolder = Cache });

    /// <summary>A copy of the run.</summary>
    internal string Copy(TemporaryFolder folder) => RunWithResults.Copy(Run.Path, folder.File("copy"));

    /// <summary>Asks, waits where something is being prepared, and gives the answer.</summary>
    public async Task<JsonElement> Get(string address, HttpStatusCode status = HttpStatusCode.OK)
    {
        while (true)
        {
            using var response = await Client.GetAsync(address);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                await Ended(answer.GetProperty("job").GetString()!);
                continue;
            }

            Assert.True(status == response.StatusCode, $"{(int)response.StatusCode} {answer}");
            return answer;
        }
    }

    public async Task<JsonElement> Post(string address, string json, HttpStatusCode status = HttpStatusCode.OK)
    {
        while (true)
        {
            using var content = new StringContent(json, Encoding.UTF8, "application/json");
            using var response = await Client.PostAsync(address, content);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                await Ended(answer.GetProperty("job").GetString()!);
                continue;
            }

            Assert.True(status == response.StatusCode, $"{(int)response.StatusCode} {answer}");
            return answer;
        }
    }

    /// <summary>A job once it has ended.</summary>
    public async Task<JsonElement> Ended(string job)
    {
        while (true)
        {
            var answer = await Client.GetFromJsonAsync<JsonElement>($"/api/jobs/{job}");
            if (answer.GetProperty("state").GetString() != "running") return answer;
            await Task.Delay(20);
        }
    }

    /// <summary>The result of a job that succeeds.</summary>
    public async Task<JsonElement> Result(JsonElement started)
    {
        var job = await Ended(started.GetProperty("job").GetString()!);
        Assert.True(job.GetProperty("state").GetString() == "done", job.ToString());
        return job.GetProperty("result");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _run?.Dispose();
        Client.Dispose();
        _folder.Dispose();
    }
}
