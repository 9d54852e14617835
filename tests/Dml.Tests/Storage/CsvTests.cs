using System.Globalization;
using Dml.Storage;

namespace Dml.Tests.Storage;

public sealed class CsvTests
{
    private const string Letters = "ab1.e=+-@\t\r\n\"', \uFEFFé";

    [Theory]
    [InlineData("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"")]
    [InlineData("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("-", "'-")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("'=1", "''=1")]
    [InlineData("-1e999", "'-1e999")]
    public void A_text_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(string text, string field) => Assert.Equal(field, Csv.Quote(text));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1.5e-7")]
    [InlineData("-.5")]
    [InlineData("class=1")]
    [InlineData("'quoted'")]
    [InlineData("a/b-c.png")]
    public void Numbers_and_ordinary_texts_stay_as_they_are(string text) => Assert.Equal(text, Csv.Quote(text));

    [Fact]
    public void Every_row_comes_back_as_it_was_and_no_field_begins_like_a_formula()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 20_000; trial++)
        {
            string[] row = [.. Enumerable.Range(0, 3)
                .Select(_ => new string([.. Enumerable.Range(0, random.Next(6)).Select(_ => Letters[random.Next(Letters.Length)])]))];
            string[] fields = [.. row.Select(Csv.Quote)];
            var parsed = Assert.Single(Csv.Parse($"{string.Join(',', fields)},\n"));
            Assert.Equal([.. row, ""], parsed.Select(Csv.Text));
            Assert.All(parsed, cell =>
                Assert.True(cell.Length == 0 || !"=+-@\t\r\n".Contains(cell[0]) || double.TryParse(cell, CultureInfo.InvariantCulture, out var _), cell));
        }
    }

    [Fact]
    public void A_field_without_the_apostrophe_as_older_files_have_it_is_the_text_itself() => Assert.Equal("=1+1", Csv.Text("=1+1"));
}
