using Dml.Storage;
using Dml.Tests.Storage;
using Dml.Tests.Support;

namespace Dml.Tests.EndToEnd;

/// <summary>Features as a folder of .npy files, as <c>dml export --format npy</c> writes them.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class NpyFeaturesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folder_of_npy_files_explains_as_the_features_file_does(bool weightsApart)
    {
        using var folder = new TemporaryFolder();
        WriteArrays(folder, weightsApart);
        File.WriteAllText(folder.File("arrays/train_ids.json"), "[" + string.Join(", ", Enumerable.Range(0, 240).Select(i => $"\"image {i}\"")) + "]");
        InfluenceRun.Of(FeatureTensors.GoldenFile, folder.File("file"));
        var run = InfluenceRun.Of(folder.File("arrays"), folder.File("folder"));
        Assert.Equal(File.ReadAllBytes(folder.File("file/scores.safetensors")), File.ReadAllBytes(folder.File("folder/scores.safetensors")));
        Assert.All(run.Top, row => Assert.Equal($"image {row.Index}", row.Id));
    }

    [Fact]
    public void A_missing_array_is_told()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("empty"));
        DmlCommand.Refuse(folder, "{dir}/empty: expected a tensor \"train_features\", found none; add it.", InfluenceRun.Arguments("{dir}/empty", "{dir}/out"));
        WriteArrays(folder, false);
        File.Delete(folder.File("arrays/head.weight.npy"));
        DmlCommand.Refuse(
            folder, "{dir}/arrays: expected a tensor \"head.weight\", found only head.bias, loss.proxies, "
                + "test_features, test_labels, train_features, train_labels; add it, or fit a head with `dml fit`.",
            InfluenceRun.Arguments("{dir}/arrays", "{dir}/out"));
    }

    [Fact]
    public void A_damaged_array_is_told_with_its_file()
    {
        using var folder = new TemporaryFolder();
        WriteArrays(folder, false);
        File.WriteAllText(folder.File("arrays/test_features.npy"), "no array");
        var outcome = DmlCommand.Run(InfluenceRun.Arguments(folder.File("arrays"), folder.File("out")));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(folder.File("arrays/test_features.npy"), outcome.LastErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_that_are_no_part_of_a_model_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        WriteArrays(folder, false);
        File.Copy(SavedModel.File("object.npy"), folder.File("arrays/names.npy"));
        InfluenceRun.Of(FeatureTensors.GoldenFile, folder.File("file"));
        InfluenceRun.Of(folder.File("arrays"), folder.File("folder"));
        Assert.Equal(File.ReadAllBytes(folder.File("file/scores.safetensors")), File.ReadAllBytes(folder.File("folder/scores.safetensors")));
        File.Copy(SavedModel.File("object.npy"), folder.File("arrays/loss.margin.npy"));
        var outcome = DmlCommand.Run(InfluenceRun.Arguments(folder.File("arrays"), folder.File("out")));
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith($"{folder.File("arrays/loss.margin.npy")}: expected an array of ", outcome.LastErrorLine, StringComparison.Ordinal);
    }

    private static void WriteArrays(TemporaryFolder folder, bool weightsApart)
    {
        var file = SafeTensors.Open(FeatureTensors.GoldenFile);
        foreach (var name in file.Entries.Keys)
        {
            using var tensor = file.Load(name);
            NpyFile.Write(
                folder.File(weightsApart && name.Contains('.', StringComparison.Ordinal) ? $"arrays/weights/{name}.npy" : $"arrays/{name}.npy"), tensor);
        }
    }
}
