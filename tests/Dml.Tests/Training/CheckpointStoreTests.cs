using System.Text.Json.Nodes;
using Dml.Engine.Training;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Training;

[Collection(AloneCollection.Name)]
public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TinyProblem _problem = new();
    private readonly TrainingStep _step;

    public CheckpointStoreTests() => _step = new(_problem.Model, _problem.Loss, new(), null, warmUp: false);

    [Fact]
    public void The_newest_of_two_is_read_and_no_third_is_kept()
    {
        foreach (var batch in new[] { 1, 2, 3 }) Save(batch);
        Assert.Equal(["checkpoint.previous.safetensors", "checkpoint.safetensors"], Files());
        Assert.Equal(3, Batch());
        new CheckpointStore(_folder.Path).Clear();
        Assert.Empty(Files());
        Assert.Null(new CheckpointStore(_folder.Path).Load());
    }

    [Fact]
    public void Plugins_of_another_build_than_the_newest_checkpoint_has_are_told()
    {
        var (one, other) = (new string('a', 64), new string('b', 64));
        Assert.Empty(With(("Losses.Mine", one)).OtherBuilds());
        With(("Losses.Mine", one), ("Backbones.Mine", one)).Save(Place(1), _problem.Model, _problem.Loss, _step.Optimizer);
        Assert.Empty(With(("Losses.Mine", one), ("Losses.New", other)).OtherBuilds());
        Assert.Equal(
            [
                "the training goes on with another build of Losses.Mine than it had so far (SHA-256 aaaaaaaaaaaa, now bbbbbbbbbbbb); "
                    + "one that is not stopped has one build alone.",
            ],
            With(("Backbones.Mine", one), ("Losses.Mine", other)).OtherBuilds());

        // What is not known is not told: a checkpoint of before, or a file that could not be read.
        Assert.Empty(With(("Losses.Mine", "")).OtherBuilds());
        Save(2);
        Assert.Empty(With(("Losses.Mine", other)).OtherBuilds());

        CheckpointStore With(params (string Name, string Hash)[] plugins) =>
            new(_folder.Path) { Plugins = plugins.ToDictionary(plugin => plugin.Name, plugin => plugin.Hash) };
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_last_good_one()
    {
        Save(1);
        Save(2);
        var newest = File.ReadAllBytes(_folder.File("checkpoint.safetensors"));

        // A folder in the way of the file that is written first: what a full disk refuses is refused at the same place.
        Directory.CreateDirectory(_folder.File("checkpoint.safetensors.next"));
        var error = Assert.Throws<DmlException>(() => Save(3));
        Assert.Contains("but the system refused", error.Message, StringComparison.Ordinal);
        Assert.Equal(newest, File.ReadAllBytes(_folder.File("checkpoint.safetensors")));
        Assert.Equal(2, Batch());
    }

    [Fact]
    public void Wherever_a_power_cut_falls_between_the_renames_a_checkpoint_is_found()
    {
        Save(1);
        Save(2);
        File.Move(_folder.File("checkpoint.safetensors"), _folder.File("checkpoint.previous.safetensors"), overwrite: true);
        Assert.True(new CheckpointStore(_folder.Path).Exists);
        Assert.Equal(2, Batch());
        Save(3);
        Assert.Equal(3, Batch());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(-1)]
    public void A_newest_one_cut_short_gives_way_to_the_one_before(int length)
    {
        Save(1);
        Save(2);
        using (var stream = File.OpenWrite(_folder.File("checkpoint.safetensors"))) stream.SetLength(length < 0 ? stream.Length + length : length);
        Assert.Equal(1, Batch());
    }

    /// <summary>Checkpoints once held where the schedule stood, which now follows from the validations that they hold too.</summary>
    [Fact]
    public void A_checkpoint_of_before_there_were_schedules_is_read()
    {
        Save(4);
        var path = _folder.File("checkpoint.safetensors");
        using (NewDisposeScope())
        {
            var file = SafeTensors.Open(path);
            var position = JsonNode.Parse(file.Metadata["position"])!.AsObject();
            position["Plateau"] = new JsonObject { ["Factor"] = 0.1, ["Best"] = 0.5, ["Waited"] = 2 };
            var tensors = file.Entries.Keys.Select(name => (name, file.Load(name))).ToList();
            SafeTensors.Write(_folder.File("old"), tensors, new Dictionary<string, string> { ["position"] = position.ToJsonString() });
        }

        File.Move(_folder.File("old"), path, overwrite: true);
        Assert.Equal(4, Batch());
    }

    public void Dispose()
    {
        _step.Dispose();
        _problem.Dispose();
        _folder.Dispose();
    }

    private void Save(int batch) => new CheckpointStore(_folder.Path).Save(Place(batch), _problem.Model, _problem.Loss, _step.Optimizer);

    private TrainingPosition Place(int batch) => new(WarmUp: false, 0, batch, 0, [], new(0, [], [], []), [], _step.Optimizer.Steps);

    private int Batch()
    {
        using var checkpoint = new CheckpointStore(_folder.Path).Load();
        return checkpoint!.Position.Batch;
    }

    private string[] Files() => [.. Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
