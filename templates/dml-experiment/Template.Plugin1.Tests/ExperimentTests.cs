using Dml.Engine;

namespace Template.Plugin1.Tests;

public sealed class ExperimentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void It_gives_a_row_an_error()
    {
        var run = Path.Combine(_folder, "run");
        Run.Train(
            RunConfig.Parse("""
                {
                  "dataset": { "name": "glyphs", "trainingClasses": 8, "testClasses": 6, "samplesPerClass": 6, "size": 32 },
                  "images": { "size": 32 }, "backbone": { "name": "convnet", "channels": [16, 32] }, "loss": "proxy-nca-pp",
                  "training": { "epochs": 1, "batchClasses": 4, "batchImages": 2 }
                }
                """),
            run,
            cancellationToken: TestContext.Current.CancellationToken).Dispose();
        var rows = Template_Plugin1Experiment.Measure(run).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(Template_Plugin1Experiment.Header.Split(',').Length, row.Split(',').Length));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
