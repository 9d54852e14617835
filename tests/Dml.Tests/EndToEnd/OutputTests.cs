namespace Dml.Tests.EndToEnd;

/// <summary>Standard output and standard error that are closed, full or without a reader.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class OutputTests(TinyRun run) : IClassFixture<TinyRun>
{
    private const string Lost = "; what was printed is cut off, files are not.\n";

    [Theory]
    [InlineData("\"$dml\" --help > /dev/full", "No space left on device")]
    [InlineData("\"$dml\" schema >&-", "it is closed")]
    [InlineData("\"$dml\" describe eif >&-", "it is closed")]
    [InlineData("\"$dml\" plugins > /dev/full", "No space left on device")]
    [InlineData("\"$dml\" schema <&- >&-", "it is closed")]
    [InlineData("set -o pipefail; \"$dml\" schema | true", "Broken pipe")]
    public async Task What_cannot_be_printed_is_one_sentence_and_exit_code_74(string line, string reason)
    {
        var (exitCode, error) = await DmlProcess.Shell(line);
        Assert.Equal($"Expected to print to standard output, but the system refused ({reason}){Lost}", error);
        Assert.Equal(74, exitCode);
    }

    [Theory]
    [InlineData("\"$dml\" schema 2>&-", 0)]
    [InlineData("\"$dml\" schema >&- 2>&-", 74)]
    [InlineData("\"$dml\" schema > /dev/full 2> /dev/full", 74)]
    [InlineData("\"$dml\" train nothing.json 2>&-", 1)]
    [InlineData("\"$dml\" nonsense 2>&-", 1)]
    public async Task A_closed_standard_error_changes_nothing_but_that_nothing_is_told(string line, int exitCode) =>
        Assert.Equal((exitCode, ""), await DmlProcess.Shell(line));

    [Fact]
    public async Task A_command_that_cannot_print_does_its_work_all_the_same()
    {
        var folder = Path.Combine(run.Path, "..", "results");
        var line = $"\"$dml\" influence {run.Path} --groups 1 --out {folder}";
        var (exitCode, error) = await DmlProcess.Shell($"{line}-closed >&-");
        Assert.Equal(74, exitCode);
        Assert.EndsWith($"Expected to print to standard output, but the system refused (it is closed){Lost}", error, StringComparison.Ordinal);
        Assert.Equal(0, (await DmlProcess.Shell($"{line}-open")).ExitCode);
        foreach (var file in new[] { "scores.safetensors", "top.csv" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder + "-open", file)), File.ReadAllBytes(Path.Combine(folder + "-closed", file)));
        }
    }
}
