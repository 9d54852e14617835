using Dml.Configuration;
using Dml.Engine.Config;
using Dml.Tests.Support;

namespace Dml.Tests.Composition;

public sealed class ConfigFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_value_knows_its_file_line_and_path()
    {
        var root = ConfigFile.Parse(
            """
            // A comment.
            {
              "training": {
                /* another
                   one */
                "epochs": 3, "rates": [
                  0.1,
                  1e-3,
                ],
              },
            }
            """, "a.json");
        var training = root["training"]!;
        Assert.Equal(("a.json:2", ""), (root.Source.ToString(), root.Path));
        Assert.Equal(("a.json:3", "training"), (training.Source.ToString(), training.Path));
        Assert.Equal(("a.json:6", "training.epochs", "3"), (training["epochs"]!.Source.ToString(), training["epochs"]!.Path, training["epochs"]!.Text));
        var second = training["rates"]!.Items[1];
        Assert.Equal(("a.json:8", "training.rates[1]", "1e-3"), (second.Source.ToString(), second.Path, second.Text));
    }

    [Fact]
    public void Lines_are_right_after_a_byte_order_mark_and_with_windows_line_ends()
    {
        var file = _folder.Write("a.json", "\uFEFF{\r\n  \"name\": \"é\",\r\n  \"seed\": 1\r\n}\r\n");
        var root = ConfigFile.Load(file);
        Assert.Equal((file, 3), (root["seed"]!.Source.File, root["seed"]!.Source.Line));
        Assert.Equal("é", root["name"]!.Text);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal("nowhere/a.json: expected a config file, found none; check the path.", Message(() => ConfigFile.Load("nowhere/a.json")));

    [Theory]
    [InlineData("{\n  \"seed\": 1\n  \"name\": 2\n}", 3, 3, "'\"' is invalid after a value, Expected either ',', '}', or ']'")]
    [InlineData("{\n  seed: 1\n}", 2, 3, "'s' is an invalid start of a property name, Expected a '\"'")]
    [InlineData(
        "{\n  \"seed\": 1\n", 3, 1, "Expected depth to be zero at the end of the JSON payload, There is an open JSON object or array that should be closed")]
    public void What_is_not_JSON_is_told_with_line_and_column(string json, int line, int column, string reason) => Assert.Equal(
        $"a.json:{line}: expected JSON (comments and trailing commas are allowed), found a mistake at column {column}: {reason}; correct the file there",
        Message(() => ConfigFile.Parse(json, "a.json")));

    [Fact]
    public void An_empty_file_is_no_JSON() =>
        Assert.StartsWith(
            "a.json:1: expected JSON (comments and trailing commas are allowed), found a mistake", Message(() => ConfigFile.Parse("", "a.json")),
            StringComparison.Ordinal);

    [Fact]
    public void A_root_that_is_no_object_is_refused() => Assert.Equal(
        "a.json:1: expected an object with the sections of a run, found a list; put everything into { }", Message(() => ConfigFile.Parse("[1]", "a.json")));

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var file = Path.Combine(_folder.Path, "a.json");
        File.WriteAllBytes(file, [(byte)'{', 0xff, (byte)'}']);
        Assert.Equal($"{file}: expected text in UTF-8, found other bytes; save the file as UTF-8", Message(() => ConfigFile.Load(file)));
    }

    [Fact]
    public void Half_of_an_escaped_pair_is_refused() => Assert.Equal(
        "a.json:2: expected a text of whole characters, found an escape \\u that is half of a pair; write the character itself",
        Message(() => ConfigFile.Parse("{\n\"name\": \"\\ud800\"}", "a.json")));

    [Fact]
    public void All_keys_that_stand_twice_are_reported_together() => Assert.Equal(
        """
        a.json:3: seed: expected the key once, found it again after line 2; remove one of the two
        a.json:4: loss.scale: expected the key once, found it again after line 4; remove one of the two
        """,
        Message(() => ConfigFile.Parse("{\n\"seed\": 1,\n\"seed\": 2,\n\"loss\": { \"scale\": 1, \"scale\": 2 }}", "a.json")));

    [Fact]
    public void A_bare_name_stands_for_a_section_with_that_name()
    {
        var loss = ConfigFile.Parse("{\n\"loss\": \"margin\"}", "a.json")["loss"]!;
        Assert.Equal(
            (ConfigKind.Object, "margin", "loss.name", "a.json:2"), (loss.Kind, loss["name"]!.Text, loss["name"]!.Path, loss["name"]!.Source.ToString()));
    }

    [Fact]
    public void The_resolved_config_keeps_order_digits_and_characters() => Assert.Equal(
        """
        {
          "name": "Zürich <a> \"b\"",
          "rates": [
            1e-3,
            0.10
          ],
          "empty": {},
          "on": true,
          "none": null
        }

        """,
        ConfigFile.ToJson(ConfigFile.Parse("""{ "name": "Zürich <a> \"b\"", "rates": [1e-3, 0.10], "empty": {}, "on": true, "none": null }""", "a.json")));

    private static string Message(Action action) => Assert.ThrowsAny<DmlException>(action).Message;
}
