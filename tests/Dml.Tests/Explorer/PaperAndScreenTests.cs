using System.Globalization;
using System.Text.Json;
using Dml.Engine.Reporting;
using Dml.Tests.EndToEnd;

namespace Dml.Tests.Explorer;

/// <summary>What the report shows of an error is what the explorer shows of it: the same words, figures, signs, frames and colors.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class PaperAndScreenTests(BrowsedExplorer explorer) : IClassFixture<BrowsedExplorer>
{
    private const int Errors = 4;

    /// <summary>What is seen of a query and its neighbours; <c>neighbours</c> many of them, since the screen has more than paper.</summary>
    private const string RowOf = """
        const style = (element, ...names) => names.map(name => `${name} ${getComputedStyle(element)[name]}`);
        const row = arguments[0];
        const text = selector => row.querySelector(selector).textContent;
        const neighbours = arguments[1];
        return JSON.stringify({
          query: [".label", ".id", ".number"].map(part => text(`.error-query ${part}`)),
          box: style(row.querySelector(".box"), "width", "height", "backgroundColor", "borderRadius"),
          tiles: [...row.querySelectorAll(".tile")].slice(0, neighbours).map(tile => {
            const [frame, sign, name, line] = [".frame", ".sign", ".tile-name", ".tile-line"].map(part => tile.querySelector(part));
            return [
              tile.className, sign.textContent, name.textContent, line.textContent,
              ...style(frame, "borderTopStyle", "borderTopWidth", "borderTopColor", "width"), ...style(sign, "backgroundColor", "color", "borderRadius"),
              name.className, ...style(name, "fontSize", "fontWeight", "color", "direction"), ...style(line, "fontSize", "color", "fontVariantNumeric"),
            ];
          }),
        });
        """;

    /// <summary>What is seen of the causes of an error; the first of them.</summary>
    private const string CausesOf = """
        const style = (element, ...names) => names.map(name => `${name} ${getComputedStyle(element)[name]}`);
        const bars = [];
        const columns = [...arguments[0].querySelectorAll(".column")].map(column => ({
          head: [column.querySelector("h3, h4").textContent, column.querySelector(".hint").textContent],
          style: style(column.querySelector("h3, h4"), "color", "fontSize"),
          causes: [...column.querySelectorAll(".cause")].slice(0, arguments[1]).map(cause => {
            const [harm, bar] = [".harm", ".meter > span"].map(part => cause.querySelector(part));
            bars.push(Number.parseFloat(bar.style.width));
            return [
              cause.querySelector(".label").textContent, cause.querySelector(".id").textContent, harm.textContent,
              ...style(harm, "color", "fontSize"), ...style(bar, "backgroundColor"), ...style(cause.querySelector(".box"), "width", "backgroundColor"),
            ];
          }),
        }));
        return JSON.stringify([JSON.stringify(columns), ...bars]);
        """;

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public void A_query_its_neighbours_and_causes_look_and_read_alike(string scheme)
    {
        var browser = explorer.Open("#/errors");
        DmlCommand.Succeed("influence", explorer.RunFolder, "--pairs", $"{Errors}");
        DmlCommand.Succeed("report", explorer.RunFolder);
        browser.Prefer(scheme);
        try
        {
            List<(string Id, string Row, string Causes)> paper = [];
            browser.GoTo(new Uri(Path.Combine(explorer.RunFolder, "report.html")));
            foreach (var article in browser.FindAll("article.confusion"))
            {
                var row = article.FindElement(OpenQA.Selenium.By.CssSelector(".error-row"));
                paper.Add((
                    row.FindElement(OpenQA.Selenium.By.CssSelector(".error-query .id")).Text, (string)browser.Run(RowOf, row, 6)!,
                    (string)browser.Run(CausesOf, article, 10)!));
            }

            Assert.Equal(Errors, paper.Count);
            Assert.Contains("\"tile wrong\"", paper[0].Row, StringComparison.Ordinal);
            foreach (var (id, row, causes) in paper)
            {
                explorer.Open($"#/errors?text={Uri.EscapeDataString(id)}");
                browser.Wait("the error is there", () => browser.FindAll(".error-row[href]").Count == 1);
                Assert.Equal(row, browser.Run(RowOf, browser.Find(".error-row"), 6));
                browser.Press(OpenQA.Selenium.Keys.Enter);
                browser.Wait("its causes are there", () => browser.FindAll(".cause").Count > 0);
                AssertCauses(causes, (string)browser.Run(CausesOf, browser.Find(".causes"), 10)!);
            }
        }
        finally
        {
            browser.Prefer(null);
        }
    }

    /// <summary>Paper has two decimals of a bar's per cent.</summary>
    private static void AssertCauses(string paper, string screen)
    {
        var (expected, found) = (JsonSerializer.Deserialize<JsonElement[]>(paper)!, JsonSerializer.Deserialize<JsonElement[]>(screen)!);
        Assert.Equal(expected[0].GetString(), found[0].GetString());
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected[1..].Zip(found[1..]), bar => Assert.Equal(bar.First.GetDouble(), bar.Second.GetDouble(), 0.0051));
    }

    [Fact]
    public void On_paper_the_report_is_light_and_right_and_wrong_keep_their_signs()
    {
        var browser = explorer.Open("#/errors");
        DmlCommand.Succeed("influence", explorer.RunFolder, "--pairs", $"{Errors}");
        DmlCommand.Succeed("report", explorer.RunFolder);
        browser.Prefer("dark", "print");
        try
        {
            browser.GoTo(new Uri(Path.Combine(explorer.RunFolder, "report.html")));
            Assert.Equal("rgb(255, 255, 255)", browser.Run("return getComputedStyle(document.body).backgroundColor;"));
            Assert.Equal("rgb(29, 33, 38)", browser.Run("return getComputedStyle(document.body).color;"));
            foreach (var part in new[] { ".tile.wrong .sign", ".tile .box", ".error-query .box", ".cause .meter > span" })
            {
                Assert.Equal("exact", browser.Run($"return getComputedStyle(document.querySelector('{part}')).printColorAdjust;"));
            }
        }
        finally
        {
            browser.Prefer(null);
        }
    }

    [Fact]
    public void Figures_are_written_alike()
    {
        var browser = explorer.Open("#/errors");
        var random = new Random(7);
        double[] values = [0, 1, 0.5, 999.4, 99999, 1e5, 1e-3, 9.995e-4, .. Enumerable.Range(0, 300).Select(_ => Math.Pow(10, (random.NextDouble() * 16) - 9))];
        foreach (var sign in new[] { 1, -1 })
        {
            foreach (var value in values.Select(v => sign * v))
            {
                var page = (string)browser.Run($$"""
                    return import("/format.js").then(f => { const v = {{value.ToString("R", CultureInfo.InvariantCulture)}};
                      return JSON.stringify([f.signed(v), f.distance(Math.abs(v)), f.short(Math.abs(v)), f.percent(v)]); });
                    """)!;
                Assert.Equal(
                    [Figures.Signed(value), Figures.Distance(Math.Abs(value)), Figures.ShortDistance(Math.Abs(value)), Figures.Percent(value)],
                    JsonSerializer.Deserialize<string[]>(page)!);
            }
        }
    }
}
