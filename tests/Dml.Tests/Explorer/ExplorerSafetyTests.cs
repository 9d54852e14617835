using System.Net;
using System.Text;
using Dml.Engine;
using Dml.Explorer;
using Dml.Tests.EndToEnd;
using Dml.Tests.Support;

namespace Dml.Tests.Explorer;

/// <summary>Who is let in, and what a request can do.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class ExplorerSafetyTests(OpenExplorer explorer) : IClassFixture<OpenExplorer>
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another-token-of-them")]
    [InlineData("a-token-of-the-test")]
    public async Task Without_the_token_nothing_is_answered(string? token)
    {
        foreach (var address in new[] { "/", "/api/run", "/api/images/test/0", "/api/openapi.json", "/api/events", "/nothing" })
        {
            using var response = await Ask(HttpMethod.Get, address, token is null ? [] : [("X-Dml-Token", token)]);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        using var entrance = await Ask(HttpMethod.Get, $"/?token={token}", []);
        Assert.Equal(HttpStatusCode.Unauthorized, entrance.StatusCode);
    }

    [Fact]
    public async Task A_person_reads_a_refusal_as_text_and_a_program_as_json()
    {
        using var shown = await Ask(HttpMethod.Get, "/", [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]);
        Assert.Equal("text/plain", shown.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("Expected the token of this explorer", await shown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var told = await Ask(HttpMethod.Get, "/api/run", [("Accept", "*/*")]);
        Assert.Equal("application/json", told.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_entrance_gives_a_cookie_that_no_script_and_no_other_site_can_use()
    {
        using var entrance = await Ask(HttpMethod.Get, explorer.Server.Entrance.PathAndQuery, []);
        Assert.Equal((HttpStatusCode.Redirect, "/"), (entrance.StatusCode, entrance.Headers.Location!.ToString()));
        var cookie = entrance.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        using var run = await Ask(HttpMethod.Get, "/api/run", [("Cookie", cookie.Split(';')[0])]);
        Assert.Equal(HttpStatusCode.OK, run.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:{port}")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("127.0.0.1.evil.example:{port}")]
    [InlineData("10.0.0.1:{port}")]
    public async Task Under_a_foreign_name_nothing_is_answered(string host)
    {
        using var response = await Ask(
            HttpMethod.Get, "/api/run", [("X-Dml-Token", OpenExplorer.Token), ("Host", host.Replace("{port}", $"{Port}", StringComparison.Ordinal))]);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }

    [Fact]
    public async Task Other_names_of_this_machine_are_answered()
    {
        using var response = await Ask(HttpMethod.Get, "/api/run", [("X-Dml-Token", OpenExplorer.Token), ("Host", $"localhost:{Port}")]);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task What_changes_something_comes_from_the_page_or_a_program_alone()
    {
        (string, string) cookie = ("Cookie", $"dml-token-{Port}={OpenExplorer.Token}");
        Assert.Equal(HttpStatusCode.Forbidden, (await Post([cookie])).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Post([cookie, ("X-Dml", "1")], "text/plain")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post([cookie, ("X-Dml", "1"), ("Origin", "http://evil.example")])).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await Post([cookie, ("X-Dml", "1"), ("Origin", $"http://127.0.0.1:{Port}")])).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await Post([("X-Dml-Token", OpenExplorer.Token)])).StatusCode);

        async Task<HttpResponseMessage> Post((string, string)[] headers, string type = "application/json") =>
            await Ask(HttpMethod.Post, "/api/decisions/undo", headers, new StringContent("{}", Encoding.UTF8, type));
    }

    [Fact]
    public async Task Every_answer_forbids_what_the_page_does_not_need()
    {
        foreach (var address in new[] { "/api/run", "/api/images/test/0", "/nothing" })
        {
            using var response = await explorer.Client.GetAsync(address);
            Assert.Contains("default-src 'none'; script-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
            Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Names_with_markup_are_data_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var path = explorer.Copy(folder);
        var dataset = Path.Combine(path, "dataset.json");
        const string Markup = "<img src=x onerror=alert(1)>";
        var name = explorer.Model.ClassName(12);
        var text = File.ReadAllText(dataset);
        File.WriteAllText(dataset, text.Replace($"\"{name}\"", $"\"{Markup}\"", StringComparison.Ordinal));
        using var run = Run.Open(path);
        await using var server = await explorer.Start(run);
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Add("X-Dml-Token", OpenExplorer.Token);
        using var response = await client.GetAsync("/api/run");
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<img", answer, StringComparison.Ordinal);
        using var parsed = System.Text.Json.JsonDocument.Parse(answer);
        Assert.Equal(Markup, parsed.RootElement.GetProperty("classes").GetProperty("test")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("0.0.0.0", null, "token: expected a secret of your own beside host 0.0.0.0, which lets other machines in, found none; *")]
    [InlineData("0.0.0.0", null, "*; give token TEXT of 16 letters, digits, - and _ or more; who knows it sees the images and labels of the run *")]
    [InlineData("127.0.0.1", "short", "token: expected at least 16 letters, digits, - and _, found 5 characters; choose a longer one.")]
    [InlineData("no such host", "a-long-enough-token", "host: expected a name or number of this machine, found \"no such host\"; *")]
    public async Task What_would_not_be_safe_is_refused_before_anything_listens(string host, string? token, string sentence)
    {
        var refusal = await Assert.ThrowsAsync<DmlException>(() => ExplorerServer.StartAsync(explorer.Run, new() { Host = host, Token = token }));
        Testing.Sentences.AssertLike(sentence, refusal.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public async Task A_number_that_is_no_port_is_refused(int port)
    {
        var refusal = await Assert.ThrowsAsync<DmlException>(() => ExplorerServer.StartAsync(explorer.Run, new() { Port = port }));
        Assert.Equal($"port: expected a number from 0, which takes a free one, to 65535, found {port}.", refusal.Message);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told()
    {
        var taken = new ExplorerOptions { Port = Port, CacheFolder = explorer.Cache };
        var refusal = await Assert.ThrowsAsync<DmlException>(() => ExplorerServer.StartAsync(explorer.Run, taken));
        Testing.Sentences.AssertLike($"port: expected a free port of this machine, found 127.0.0.1:{Port}, where nothing can listen*", refusal.Message);
    }

    private int Port => explorer.Server.Address.Port;

    private async Task<HttpResponseMessage> Ask(HttpMethod method, string address, (string Name, string Value)[] headers, HttpContent? content = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var request = new HttpRequestMessage(method, new Uri(explorer.Server.Address, address)) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }
}
