using Dml.Configuration;

namespace Dml.Tests.Messages;

public sealed class DmlExceptionTests
{
    [Fact]
    public void The_sentence_is_composed_of_its_parts()
    {
        var error = new DmlException("loss.scale", $"a number up to {0.5}", $"{2}", $"see {Mention.Option("output")}", "2");
        Assert.Equal("loss.scale 2: expected a number up to 0.5, found 2; see output.", error.Message);
        Assert.Equal(("loss.scale", "2", "a number up to 0.5", "2", "see output"), (error.Option, error.At, error.Expected, error.Found, error.Remedy));
    }

    [Fact]
    public void Parts_that_are_not_given_are_left_out()
    {
        Assert.Equal("Expected a run, found none.", new DmlException(null, "a run", "none").Message);
        Assert.Equal("shard: expected i/n, found 3.", new DmlException("shard", "i/n", "3").Message);
        Assert.Equal("a.pth: expected a head, found none; give one.", new DmlException(null, "a head", "none", "give one", "a.pth").Message);
        var cause = new IOException("full");
        Assert.Same(cause, new DmlException(null, "space", "none", inner: cause).InnerException);
    }

    [Fact]
    public void A_sentence_alone_has_no_parts()
    {
        var error = new DmlException($"Choose another {Mention.Option("output")}.");
        Assert.Equal("Choose another output.", error.Message);
        Assert.Equal("Choose another <output>.", error.ToSentence(m => $"<{m.Name}>"));
        Assert.Null(error.Expected);
        Assert.Equal("plain", new DmlException("plain").ToSentence(m => "other"));
    }

    [Fact]
    public void What_is_named_inside_a_part_is_named_in_the_sentence()
    {
        Wording remedy = $"run {Mention.Operation("train", ("resume", "runs/a"))}";
        var error = new DmlException("pairs", "two", "one", remedy);
        Assert.Equal("pairs: expected two, found one; run train(resume: runs/a).", error.Message);
        Assert.Equal("P: expected two, found one; run T.", error.ToSentence(m => m.IsOperation ? "T" : "P"));
    }

    [Fact]
    public void Problems_of_a_config_name_the_option_that_set_the_value()
    {
        var problems = new ConfigProblems();
        problems.Add(ConfigSource.Of(Mention.Option("overrides", "loss.scale=x")), "loss.scale", "expected a number");
        problems.Add(new ConfigSource("a.json", 3), "seed", "expected another number");
        var error = Assert.Throws<ConfigException>(problems.ThrowIfAny);
        Assert.Equal("overrides loss.scale=x: loss.scale: expected a number\na.json:3: seed: expected another number", error.Message);
        Assert.StartsWith("--set: loss.scale: ", error.ToSentence(m => "--set"));
    }
}
