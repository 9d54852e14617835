using System.Text.Json;
using Dml.Tests.EndToEnd;
using Dml.Tests.Reporting;
using Dml.Tests.Support;
using OpenQA.Selenium;

namespace Dml.Tests.Explorer;

/// <summary>The explorer as its user has it: views, keys, decisions, in a browser.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class BrowserPageTests(BrowsedExplorer explorer) : IClassFixture<BrowsedExplorer>
{
    /// <summary>Each view's address and what it has once it is complete.</summary>
    private static readonly (string Hash, string Complete)[] Views =
    [
        ("#/errors", ".error-row[href]"), ("#/error/{error}", ".cause"), ("#/review", ".actions"), ("#/classes", ".heatmap-canvas"), ("#/map", ".legend"),
        ("#/duplicates", ".duplicate-row, .empty p"), ("#/search", ".drop"), ("#/runs?other=other", ".verdict-card"),
    ];

    /// <summary>
    /// Every text whose contrast with what lies behind it is below 4.5 (3 where it is large), by WCAG 2.2: the ratio of relative luminances. Colors are
    /// read from a canvas, so that every notation of CSS is understood.
    /// </summary>
    private const string PoorContrasts = """
        const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const rgba = color => {
          canvas.clearRect(0, 0, 1, 1);
          canvas.fillStyle = color;
          canvas.fillRect(0, 0, 1, 1);
          const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
          return [r, g, b, a / 255];
        };
        const over = (top, below) => below.map((v, i) => i === 3 ? 1 : top[i] * top[3] + v * (1 - top[3]));
        const behind = element => {
          const layers = [];
          for (let e = element; e; e = e.parentElement) {
            layers.push(rgba(getComputedStyle(e).backgroundColor));
            if (layers.at(-1)[3] === 1) break;
          }
          return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
        };
        const luminance = ([r, g, b]) => {
          const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        };
        const poor = [];
        for (const element of document.querySelectorAll("body *")) {
          const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join(" ");
          if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest(":disabled, option, .visually-hidden, .skip, .waiting")) continue;
          const style = getComputedStyle(element);
          const back = behind(element);
          const [a, b] = [luminance(over(rgba(style.color), back)), luminance(back)].sort((x, y) => y - x);
          const size = parseFloat(style.fontSize);
          const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
          const ratio = (a + 0.05) / (b + 0.05);
          if (ratio < (isLarge ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${element.className} "${text.slice(0, 40)}"`);
        }
        return poor.join("\n");
        """;

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public void Every_view_opens_in_light_and_dark_without_a_word_on_the_console_and_fits_its_width(int width)
    {
        var browser = explorer.Open("#/errors", width);
        foreach (var (hash, complete) in Views)
        {
            Show(browser, hash, complete);
            for (var theme = 0; theme < 2; theme++)
            {
                browser.Run("document.activeElement.blur();");
                browser.Press("t");
                Assert.Equal("", browser.Run(PoorContrasts));
            }

            Assert.True((bool)browser.Run("return document.documentElement.scrollWidth <= innerWidth;")!, $"{hash} is wider than {width} pixels.");
            var wide = browser.Run("""
                return [...document.querySelectorAll("#view *")].filter(e => e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX))
                  .map(e => e.className).join();
                """);
            Assert.Equal("", wide);
        }

        Assert.Empty(browser.Console);
    }

    [Fact]
    public void A_contrast_that_is_too_low_would_be_found()
    {
        var browser = explorer.Open("#/errors");
        browser.Run("document.documentElement.style.setProperty('--muted', '#9a9a9a');");
        Assert.NotEqual("", browser.Run(PoorContrasts));
        browser.Run("document.documentElement.style.removeProperty('--muted');");
        Assert.Equal("", browser.Run(PoorContrasts));
    }

    [Fact]
    public void Every_key_of_the_sheets_does_something_or_says_why_not()
    {
        var browser = explorer.Open("#/errors");
        foreach (var (hash, complete) in Views)
        {
            Show(browser, hash, complete);
            browser.Press("?");
            Assert.Contains("These keys", browser.Find("dialog.sheet").Text, StringComparison.Ordinal);
            // Those of the view stand first; a search's file dialog cannot be closed from here.
            var keys = browser.Texts("dialog.sheet section:first-child dt kbd:first-child").Where(key => key != "o").ToList();
            browser.Press(Keys.Escape);
            Assert.Empty(browser.FindAll("dialog"));
            foreach (var key in keys)
            {
                if (!Hash(browser).StartsWith(hash.Split('?', '{')[0], StringComparison.Ordinal)) Show(browser, hash, complete);
                if (key == "⇧ Enter") browser.PressShifted(Keys.Enter);
                else browser.Press(KeyOf(key));
                browser.Run("document.querySelector('dialog[open]')?.dispatchEvent(new Event('cancel', { cancelable: true }));");
            }
        }

        Assert.DoesNotContain(browser.Console, line => !line.Contains(" 409 ", StringComparison.Ordinal)); // There is nothing to undo or to apply.
    }

    [Fact]
    public void Numbers_switch_views_and_a_list_is_walked_opened_and_come_back_to()
    {
        var browser = explorer.Open("#/errors");
        string[] names = ["errors", "error", "review", "classes", "map", "duplicates", "search", "runs"];
        foreach (var (index, name) in names.Index().Reverse())
        {
            browser.Press($"{index + 1}");
            browser.Wait($"{name} is open", () => Hash(browser).StartsWith($"#/{name}", StringComparison.Ordinal));
        }

        browser.Wait("errors are there", () => browser.FindAll(".error-row[href]").Count > 2);
        browser.Press("jj" + Keys.ArrowUp + "k" + Keys.ArrowDown);
        Assert.Equal("2", browser.Find(".error-row[aria-selected=true]").GetAttribute("aria-posinset"));
        browser.Press(Keys.Enter);
        browser.Wait("the error is open", () => browser.FindAll(".cause").Count > 0);
        var first = Hash(browser);
        browser.Press("n");
        browser.Wait("the next error is open", () => Hash(browser) != first && browser.FindAll(".cause").Count > 0);
        browser.Press("p");
        browser.Wait("the first one is open", () => Hash(browser) == first);
        browser.Press(Keys.Escape);
        browser.Wait("the list is back", () => Hash(browser) == "#/errors" && browser.FindAll(".error-row[aria-selected=true]").Count > 0);
        Assert.Equal("2", browser.Find(".error-row[aria-selected=true]").GetAttribute("aria-posinset"));

        browser.Press("/");
        Assert.Equal("Filter by text of the id", browser.Run("return document.activeElement.ariaLabel;"));
        browser.Press("no such id");
        browser.Find("input[aria-label='Largest distance']").SendKeys("12.5"); // Embeddings have any length.
        browser.Wait("both filter", () => Hash(browser) == "#/errors?text=no+such+id&max=12.5");
        browser.Wait("nothing fits", () => browser.Find(".scroller").Text.Contains("No error fits this filter.", StringComparison.Ordinal));
        Assert.Empty(browser.Console);
    }

    [Theory]
    [InlineData("abc", "Expected the number of a test item in the address, found \"abc\".")]
    [InlineData("99999", "Expected the index of a test item, 0 to")]
    public void An_address_of_no_error_is_told_as_one(string argument, string says)
    {
        var browser = explorer.Open($"#/error/{argument}");
        browser.Wait("it is told", () => browser.FindAll("#view").Any(view => view.Text.Contains(says, StringComparison.Ordinal)));
        Assert.Equal("One error", browser.Find("#view h1").Text);
        browser.Press(Keys.Escape);
        browser.Wait("the list is there", () => Hash(browser) == "#/errors");
        Assert.DoesNotContain(browser.Console, line => !line.Contains(" 404 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pair_that_was_opened_from_the_matrix_leads_back_to_it()
    {
        var browser = explorer.Open("#/classes");
        browser.Wait("the matrix is there", () => browser.FindAll(".heatmap-canvas").Any(e => e.Displayed));
        browser.Press("cn" + Keys.Enter);
        browser.Wait("the errors of a pair are there", () => Hash(browser).StartsWith("#/errors?class=", StringComparison.Ordinal));
        browser.Press(Keys.Escape);
        browser.Wait("the matrix is back", () => Hash(browser) == "#/classes");
        Assert.Empty(browser.Console);
    }

    [Fact]
    public void What_is_in_view_of_the_map_stays_there_when_its_list_opens()
    {
        var browser = explorer.Open("#/map");
        browser.Wait("the map is there", () => browser.FindAll(".legend").Any(e => e.Displayed));
        browser.Press("++++v");
        browser.Wait("a list is there", () => browser.Find(".selection").Displayed && Selected().Count > 0);
        var first = Selected();

        // The list has taken its room: what was selected is in view yet, so that the same key takes it again.
        browser.Run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));");
        browser.Press("v");
        browser.Wait("what was selected is selected again", () => Selected().IsSupersetOf(first));
        Assert.Empty(browser.Console);

        HashSet<string?> Selected() => [.. browser.FindAll(".selection .grid-cell").Select(cell => cell.GetAttribute("aria-label"))];
    }

    [Fact]
    public void Names_that_are_markup_are_text()
    {
        var browser = explorer.Open("#/classes");
        browser.Wait("classes are there", () => browser.Texts(".class-row .label").Contains(BrowsedExplorer.Markup.Test));
        foreach (var (hash, complete) in Views) Show(browser, hash, complete);
        Show(browser, "#/review", ".actions");
        browser.Press("r");
        Assert.Contains(BrowsedExplorer.Markup.Training, browser.Texts(".choices li"));
        Assert.Empty(browser.FindAll("#view b, dialog b, img[onerror]"));
        Assert.Empty(browser.Console);
    }

    [Fact]
    public void A_review_is_done_by_keys_alone_and_another_window_sees_it()
    {
        var browser = explorer.Open("#/review");
        browser.Wait("a suspect is there", () => browser.FindAll(".actions").Count > 0);
        browser.OpenWindow();
        var second = explorer.Open("#/review");
        second.Wait("suspects are there", () => second.FindAll(".suspect-row").Count > 0);
        browser.SwitchTo(0);

        foreach (var (index, key) in new[] { "a", "s", "x" }.Index())
        {
            browser.Press(key);
            Decided(browser, index + 1);
        }

        // What is skipped waits for another time.
        browser.Press(" ");
        browser.Wait("one is skipped", () => browser.Find(".view-head .lead").Text.EndsWith(" decided, 1 skipped", StringComparison.Ordinal));
        Decided(browser, 3);
        browser.SwitchTo(1);
        browser.Wait("that is seen", () => browser.Find(".view-head .lead").Text.EndsWith(" decided, 1 skipped", StringComparison.Ordinal));
        Decided(browser, 3);
        Assert.Equal(["accept", "keep", "exclude", "skip"], browser.FindAll(".suspect-row").Take(4).Select(row => row.GetAttribute("data-state")));
        browser.Press("uu");
        browser.SwitchTo(0);
        browser.Wait("an undo is seen", () => browser.FindAll(".suspect-row[data-state=skip]").Count == 0);
        browser.SwitchTo(1);
        browser.CloseWindow();

        // Each is a line, undoing too.
        var lines = File.ReadLines(explorer.Review).Select(line => JsonDocument.Parse(line)).ToList();
        Assert.True(lines.Count >= 5, $"{lines.Count} lines");
        Assert.Empty(browser.Console);
    }

    [Fact]
    public void Applying_and_asking_what_if_show_how_far_they_are_and_what_came_out()
    {
        var browser = explorer.Open("#/review");
        browser.Wait("a suspect is there", () => browser.FindAll(".actions").Count > 0);
        browser.Press("a");
        Decided(browser, 1);
        browser.PressShifted(Keys.Enter);
        browser.PressShifted(Keys.Enter); // It runs already: nothing starts twice.
        browser.Wait("it is applied", () => browser.FindAll(".applied .big").Count > 0);
        Assert.Contains("relabels.csv", browser.Find(".applied").Text, StringComparison.Ordinal);
        var next = browser.Find(".applied code").GetAttribute("textContent");
        Assert.Contains($"config.json, overrides: relabels={explorer.RunFolder}", next, StringComparison.Ordinal);
        Assert.DoesNotContain("changed since", browser.Find(".applied").Text, StringComparison.Ordinal);
        browser.Press("u");
        browser.Wait("the figures are told to be old", () => browser.Find(".applied").Text.Contains("changed since", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(explorer.RunFolder, "relabels.csv")));

        Show(browser, "#/error/{error}", ".cause");
        browser.Press("jdw");
        browser.Wait("prediction and truth are there", () => browser.FindAll(".outcome .big").Count == 3);
        Assert.Contains("points, 95 %", browser.Find(".what-if").Text, StringComparison.Ordinal);
        Assert.Empty(browser.Console);
    }

    [Fact]
    public void An_image_is_searched_for_and_one_that_is_too_large_is_refused_in_a_sentence()
    {
        var browser = explorer.Open("#/search");
        var file = Directory.EnumerateFiles(Path.Combine(explorer.RunFolder, "../../images"), "*.png", SearchOption.AllDirectories).First();
        browser.Find("input[type=file]").SendKeys(Path.GetFullPath(file));
        browser.Wait("neighbours are there", () => browser.FindAll(".search-results .cell").Count > 0);
        browser.Run("""
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(100e6)], "large.png", { type: "image/png" }));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
            """);
        browser.Wait("it is refused", () => browser.Find(".search-results .failure").Text.Contains("found 100 MB", StringComparison.Ordinal));
        browser.Find("input[type=file]").SendKeys(Path.GetFullPath(file));
        browser.Wait("neighbours are there again", () => browser.FindAll(".search-results .cell").Count > 0 && browser.FindAll(".searched").Count == 2);
        browser.Run("""
            const data = new DataTransfer();
            data.items.add(new File(["{}"], "my.json", { type: "application/json" }));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
            """);
        browser.Wait("a file of another kind is named", () => browser.Find(".failure").Text == "my.json: expected an image, found application/json.");
        Assert.Empty(browser.FindAll(".searched, .votes"));
        Assert.Empty(browser.Console);
    }

    [Fact]
    public async Task A_decision_that_was_acknowledged_outlives_a_server_that_is_killed()
    {
        Browser.SkipWhereMissing();
        var browser = explorer.Open("#/errors");
        using var folder = new TemporaryFolder();
        var run = folder.File("run");
        foreach (var file in Directory.EnumerateFiles(explorer.RunFolder))
        {
            Directory.CreateDirectory(run);
            File.Copy(file, Path.Combine(run, Path.GetFileName(file)));
        }

        for (var killed = 0; killed < 2; killed++)
        {
            using var server = await OpenProcess.Start(run, explorer.Cache);
            browser.GoTo(server.Entrance);
            browser.GoTo(new Uri(server.Entrance, "/#/review"));
            browser.Wait("a suspect is there", () => browser.FindAll(".actions").Count > 0);
            if (killed > 0) Decided(browser, killed);
            browser.Press("a");
            Decided(browser, killed + 1);
            server.Kill();
            browser.Press("s");
            browser.Wait(
                "it says that nobody answers",
                () => browser.FindAll(".toast.failure").Any(t => t.Text.Contains("does not answer", StringComparison.Ordinal)));
        }

        Assert.Equal(2, File.ReadAllLines(Path.Combine(run, "review.jsonl")).Length);
    }

    private static string Hash(Browser browser) => (string)browser.Run("return location.hash;")!;

    /// <summary>Goes to a view; {error} stands for the first error.</summary>
    private static void Show(Browser browser, string hash, string complete)
    {
        if (hash.Contains("{error}", StringComparison.Ordinal))
        {
            Show(browser, "#/errors", ".error-row[href]");
            hash = browser.Find(".error-row").GetAttribute("href")!.Split('/')[^1] is var index ? $"#/error/{index}" : hash;
        }

        browser.Run("location.hash = ''; location.hash = arguments[0];", hash);
        var view = hash.Split('?')[0];
        browser.Wait(
            $"{hash} is complete", () => Hash(browser).StartsWith(view, StringComparison.Ordinal) && browser.FindAll(complete).Any(e => e.Displayed));
    }

    private static void Decided(Browser browser, int count) =>
        browser.Wait($"{count} are decided", () => browser.Find(".view-head .lead").Text.StartsWith($"{count} of", StringComparison.Ordinal));

    private static string KeyOf(string shown) => shown switch
    {
        "↓" => Keys.ArrowDown,
        "↑" => Keys.ArrowUp,
        "←" => Keys.ArrowLeft,
        "→" => Keys.ArrowRight,
        "PgDn" => Keys.PageDown,
        "PgUp" => Keys.PageUp,
        "Home" => Keys.Home,
        "End" => Keys.End,
        "Enter" => Keys.Enter,
        "Space" => " ",
        _ => shown,
    };
}
