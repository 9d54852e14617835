using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

public sealed class HtmlReportTests
{
    [Fact]
    public void Names_of_classes_and_files_never_become_markup()
    {
        var html = ReportExamples.Full.Render();
        Assert.DoesNotContain("<b>&", html, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(html, "<script"));
        Assert.DoesNotContain('\u0001', html);
        Assert.Contains("&lt;b&gt;&amp;&quot;x&#39;\uFFFD", html, StringComparison.Ordinal);

        var document = ReportExamples.Parse(ReportExamples.Full);
        Assert.Equal("<b>&\"x'\uFFFD", document.Descendants("h1").Single().Value);
        Assert.Contains("</pre><script>", document.Descendants("pre").Single().Value, StringComparison.Ordinal);
        Assert.Contains(document.WithClass("box"), x => x.Attribute("aria-label")!.Value.Contains("truly <b>&\"x'", StringComparison.Ordinal));
    }

    [Fact]
    public void An_image_shown_many_times_is_embedded_once_and_an_unused_one_not_at_all()
    {
        var html = ReportExamples.Full.Render();
        string Data(string id) => Convert.ToBase64String(ReportExamples.Full.Images[id].Span);
        Assert.Single(Regex.Matches(html, Regex.Escape(Data("shared"))));
        Assert.Single(Regex.Matches(html, Regex.Escape(Data(ReportExamples.Nasty))));
        Assert.DoesNotContain(Data("unused"), html, StringComparison.Ordinal);
        Assert.Equal(4, ReportExamples.Parse(ReportExamples.Full).WithClass("i0").Count());
    }

    [Fact]
    public void Two_ids_with_the_same_bytes_share_one_copy()
    {
        var bytes = ReportExamples.Png(9, 50);
        var images = new Dictionary<string, ReadOnlyMemory<byte>> { ["shared"] = bytes, [ReportExamples.Nasty] = bytes.ToArray() };
        var model = ReportExamples.Full with { Images = images };
        Assert.Single(Regex.Matches(model.Render(), "data:image/png"));
    }

    [Fact]
    public void An_image_that_is_neither_png_nor_jpeg_is_refused_by_its_id()
    {
        var model = ReportExamples.Full with { Images = new Dictionary<string, ReadOnlyMemory<byte>> { ["shared"] = Encoding.UTF8.GetBytes("<svg/>") } };
        Assert.Contains("'shared'", Assert.Throws<ArgumentException>(() => model.Render()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_image_says_what_it_shows_and_a_missing_one_says_so()
    {
        var document = ReportExamples.Parse(ReportExamples.Full);
        Assert.All(document.WithClass("box"), x => Assert.False(string.IsNullOrWhiteSpace(x.Attribute("aria-label")?.Value)));
        Assert.Equal(2, document.WithClass("textual").Count(x => x.Attribute("aria-label")!.Value.EndsWith("(no image)", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_file_asks_the_network_for_nothing_and_allows_its_own_script_alone()
    {
        var html = ReportExamples.Full.Render();
        Assert.DoesNotMatch("https?://|@import|\\bsrc=|onload", html);
        var script = Regex.Match(html, "<script>(.*)</script>", RegexOptions.Singleline).Groups[1].Value;
        Assert.Contains($"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'", html, StringComparison.Ordinal);
        Assert.All(Regex.Matches(html, "url\\(([^)]{0,5})"), match => Assert.Equal("data:", match.Groups[1].Value));
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_model_gives_the_same_text() => Assert.Equal(ReportExamples.Full.Render(), ReportExamples.Full.Render());

    [Fact]
    public void The_sign_the_settings_and_the_path_stand_beside_the_results()
    {
        var text = ReportExamples.Parse(ReportExamples.Full).Descendants("main").Single().Value;
        Assert.Contains("Harm above 0: harmful. Training on the sample makes the error worse.", text, StringComparison.Ordinal);
        Assert.Contains("path: fast", text, StringComparison.Ordinal);
        Assert.Contains("ascent (+1): 50 steps, Δd = +0.800", text, StringComparison.Ordinal);
        Assert.Contains("descent (−1): 12 steps, Δd = −0.300", text, StringComparison.Ordinal);
        Assert.Contains("and 1 more query that is not shown.", text, StringComparison.Ordinal);
        Assert.Contains("+0.0200", text, StringComparison.Ordinal);
        Assert.Contains("−0.00400", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_stands_with_its_neighbours_right_and_wrong_told_by_word_and_sign()
    {
        var rows = ReportExamples.Parse(ReportExamples.Full).WithClass("error-row").ToList();
        Assert.Equal(2, rows.Count);
        Assert.Contains("at 0.1200", rows[0].Value, StringComparison.Ordinal);
        var tiles = rows[0].Descendants().Where(x => ((string?)x.Attribute("class") ?? "").StartsWith("tile ", StringComparison.Ordinal)).ToList();
        Assert.Equal(["tile wrong", "tile right"], tiles.Select(tile => (string)tile.Attribute("class")!));
        var texts = tiles.Select(tile => string.Join(' ', tile.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(["✗ crow wrong 0.120", "✓ <b>&\"x'\uFFFD right 0.200"], texts);
        Assert.Contains("0.0012", rows[1].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_random_order_is_told_with_its_standard_deviation_when_that_is_known()
    {
        var known = ReportExamples.Parse(ReportExamples.Full).WithClass("detection").Single().Value;
        Assert.Contains("0.500 ± 0.014", known, StringComparison.Ordinal);
        var mislabels = ReportExamples.Full.Mislabels! with { RandomAreaDeviation = null };
        var unknown = ReportExamples.Parse(ReportExamples.Full with { Mislabels = mislabels }).WithClass("detection").Single().Value;
        Assert.Contains("0.500", unknown, StringComparison.Ordinal);
        Assert.DoesNotContain("±", unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_class_is_a_row_in_the_order_given_and_the_rest_of_thousands_is_counted()
    {
        var rows = ReportExamples.Parse(ReportExamples.Full).WithClass("classes").Single().Descendants("tr").Skip(1)
            .Select(row => row.Elements().Select(cell => cell.Value).ToArray()).ToList();
        Assert.Equal(["<b>&\"x'\uFFFD", "5", "3", "40.0\u202F%", "25.0\u202F%", "<b>&\"x'\uFFFD (2)"], rows[0]);
        Assert.Equal(["rook", "4", "0", "100.0\u202F%", "100.0\u202F%", ""], rows[1]);
        var many = ReportExamples.Bare with { Classes = [.. Enumerable.Range(0, 3985).Select(i => new ReportClass($"c{i}", 3, 0))] };
        Assert.Contains(
            "3,485 more classes with fewer errors are in classes.csv.", ReportExamples.Parse(many).Descendants("main").Single().Value,
            StringComparison.Ordinal);
        Assert.Empty(ReportExamples.Parse(ReportExamples.Bare).WithClass("classes"));
    }

    [Fact]
    public void Figures_are_explained_where_they_are_shown()
    {
        var model = ReportExamples.Bare with
        {
            Retrieval =
            [
                new("evaluation view", [new(1, 0.9)], 2, 20) { Others = [new("MAP@R", "50%"), new("NMI", "0.6")] }, new("influence view", [new(1, 0.8)], 4, 20),
            ],
        };
        var text = ReportExamples.Parse(model).Descendants("main").Single().Value;
        Assert.Contains("MAP@R: mean average precision", text, StringComparison.Ordinal);
        Assert.Contains("NMI: mutual information", text, StringComparison.Ordinal);
        Assert.Contains("80.0\u202F% in the influence view", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NMI:", ReportExamples.Parse(ReportExamples.Full).Descendants("main").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Further_metrics_have_a_row_an_explanation_and_a_column_of_the_classes()
    {
        var model = ReportExamples.Bare with
        {
            Retrieval = [new("shared view", [new(1, 0.9)], 2, 20) { Others = [new("MAP@R", "50%"), new("MRR", "70%"), new("of the future", "1")] }],
            Classes =
            [
                new("crow", 5, 3, 0.25) { Others = [new("MRR", 0.5), new("of the future", null)] },
                new("rook", 4, 0, 1) { Others = [new("MRR", 1), new("of the future", 0.125)] },
            ],
        };
        var document = ReportExamples.Parse(model);
        var text = document.Descendants("main").Single().Value;
        Assert.Contains("MRR: mean of 1 / rank", text, StringComparison.Ordinal);
        Assert.Contains("of the future", document.WithClass("recall").Single().Value, StringComparison.Ordinal);
        var rows = document.WithClass("classes").Single().Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray()).ToList();
        Assert.Equal(["Class", "Queries", "Errors", "R@1", "MAP@R", "MRR", "of the future", "Most confused with"], rows[0]);
        Assert.Equal(["crow", "5", "3", "40.0\u202F%", "25.0\u202F%", "50.0\u202F%", "", ""], rows[1]);
        Assert.Equal(["rook", "4", "0", "100.0\u202F%", "100.0\u202F%", "100.0\u202F%", "12.5\u202F%", ""], rows[2]);
    }

    [Fact]
    public void Headings_descend_without_a_gap_and_ids_are_unique()
    {
        var document = ReportExamples.Parse(ReportExamples.Full with { Confusions = [ReportExamples.Group("a"), ReportExamples.Group("a")] });
        var levels = document.Descendants().Select(x => x.Name.LocalName).Where(x => x is ['h', >= '1' and <= '6']).Select(x => x[1] - '0').ToList();
        Assert.Equal(1, levels[0]);
        Assert.All(levels.Zip(levels.Skip(1)), x => Assert.True(x.Second <= x.First + 1));
        var ids = document.Descendants().Attributes("id").Select(x => x.Value).ToList();
        Assert.Equal(ids.Distinct(), ids);
        var targets = document.Descendants().Attributes()
            .Where(x => x.Name.LocalName is "aria-labelledby" || (x.Name.LocalName is "href" && x.Value.StartsWith('#')));
        Assert.All(targets, x => Assert.Contains(x.Value.TrimStart('#'), ids));
    }

    [Fact]
    public void Two_hundred_images_of_a_kilobyte_stay_far_below_the_bound()
    {
        var images = Enumerable.Range(0, 200).ToDictionary(i => $"{i}", i => ReportExamples.Png(i, 1024));
        var samples = images.Keys.Select(id => new InfluentialSample($"train/{id}.png", "crow", null, 0.1, id)).ToList();
        var confusions = Enumerable.Range(0, 30).Select(i => ReportExamples.Group($"group {i}") with { Harmful = samples }).ToList();
        var bytes = Encoding.UTF8.GetByteCount((ReportExamples.Full with { Images = images, Confusions = confusions }).Render());
        Assert.InRange(bytes, 200 * 1366, 5_000_000);
    }
}
