using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>Wrong features files: one sentence, exit code 1, nothing written.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class FeatureMistakeTests
{
    private const string OneModel = "the arrays must come from one model.";
    private const string Mend = "remove or mend those samples.";

    private static readonly Dictionary<string, (Action<FeatureTensors> Spoil, string Problem)> Mistakes = new()
    {
        ["columns of test_features"] = (
            f => f["test_features"] = f["test_features"].narrow(1, 0, 63),
            $"expected \"test_features\" with 64 columns, as train_features has, found 63; {OneModel}"),
        ["rows of test_features_evaluation"] = (
            f => f.Add("test_features_evaluation", f["test_features"].narrow(0, 0, 199)),
            $"expected \"test_features_evaluation\" with 200 rows, as test_features has, found 199; {OneModel}"),
        ["columns of test_features_evaluation"] = (
            f => f.Add("test_features_evaluation", f["test_features"].narrow(1, 0, 9)),
            $"expected \"test_features_evaluation\" with 64 columns, as train_features has, found 9; {OneModel}"),
        ["columns of head.weight"] = (
            f => f["head.weight"] = f["head.weight"].narrow(1, 0, 63),
            $"expected \"head.weight\" with 64 columns, as train_features has, found 63; {OneModel}"),
        ["length of head.bias"] =
            (f => f["head.bias"] = f["head.bias"].narrow(0, 0, 31), $"expected \"head.bias\" with 32 values, as head.weight has rows, found 31; {OneModel}"),
        ["number of train_labels"] = (
            f => f["train_labels"] = f["train_labels"].narrow(0, 0, 239),
            $"expected \"train_labels\" with 240 values, one for each row of train_features, found 239; {OneModel}"),
        ["number of test_labels"] = (
            f => f["test_labels"] = f["test_labels"].narrow(0, 0, 1),
            $"expected \"test_labels\" with 200 values, one for each row of test_features, found 1; {OneModel}"),
        ["columns of loss.proxies"] = (
            f => f["loss.proxies"] = f["loss.proxies"].narrow(1, 0, 31),
            $"expected \"loss.proxies\" of shape (12, 32) for the loss proxy-nca-pp, 12 training classes and 32 dimensions, found (12, 31); {OneModel}"),
        ["rows of loss.proxies"] = (
            f => f["loss.proxies"] = f["loss.proxies"].narrow(0, 0, 11),
            $"expected \"loss.proxies\" with a row for each of 12 training classes, the largest label + 1, found 11 rows; {OneModel}"),
        ["a class far beyond the proxies"] = (
            f => f["train_labels"][7] = tensor(2_000_000_000L),
            $"expected \"loss.proxies\" with a row for each of 2000000001 training classes, the largest label + 1, found 12 rows; {OneModel}"),
        ["a class beyond 32 bits"] = (
            f => f["train_labels"][7] = tensor(1L << 31),
            "expected class indices below 2147483647 in \"train_labels\", found 2147483648; number the classes from 0."),
        ["dimensions of train_features"] = (
            f => f["train_features"] = f["train_features"].flatten(),
            "expected \"train_features\" with 2 dimensions, none of them empty, found shape (15360)."),
        ["dimensions of train_labels"] =
            (f => f["train_labels"] = f["train_labels"].unsqueeze(1), "expected \"train_labels\" with 1 dimension, none of them empty, found shape (240, 1)."),
        ["no rows"] = (
            f => f["test_features"] = f["test_features"].narrow(0, 0, 0),
            "expected \"test_features\" with 2 dimensions, none of them empty, found shape (0, 64)."),
        ["NaN in train_features"] = (
            f => f["train_features"][3, 5] = tensor(float.NaN), $"expected finite numbers in \"train_features\", found NaN (first at row 3, column 5); {Mend}"),
        ["infinity in test_features"] = (
            f => f["test_features"][199, 0] = tensor(float.NegativeInfinity),
            $"expected finite numbers in \"test_features\", found infinity (first at row 199, column 0); {Mend}"),
        ["NaN in head.bias"] = (f => f["head.bias"][4] = tensor(float.NaN), $"expected finite numbers in \"head.bias\", found NaN (first at index 4); {Mend}"),
        ["infinity in loss.proxies"] = (
            f => f["loss.proxies"][0, 1] = tensor(float.PositiveInfinity),
            $"expected finite numbers in \"loss.proxies\", found infinity (first at row 0, column 1); {Mend}"),
        ["negative label"] =
            (f => f["train_labels"][0] = tensor(-1L), "expected class indices from 0 in \"train_labels\", found -1; number the classes from 0."),
        ["negative test label"] =
            (f => f["test_labels"][0] = tensor(-100L), "expected class indices from 0 in \"test_labels\", found -100; number the classes from 0."),
        ["float labels"] = (f => f["train_labels"] = f["train_labels"].to(float32), "expected \"train_labels\" as integers, found Float32; convert it."),
        ["infinity in half-precision features"] = (
            f =>
            {
                f["train_features"] = f["train_features"].to(float16);
                f["train_features"][7, 63] = tensor(float.NegativeInfinity);
            },
            $"expected finite numbers in \"train_features\", found infinity (first at row 7, column 63); {Mend}"),
    };

    public static TheoryData<string> MistakeNames => [.. Mistakes.Keys];

    [Theory]
    [MemberData(nameof(MistakeNames))]
    public void A_wrong_tensor_is_refused(string mistake)
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        Mistakes[mistake].Spoil(features);
        DmlCommand.Refuse(folder, "{dir}/features.safetensors: " + Mistakes[mistake].Problem, InfluenceRun.Arguments(features.Write(folder), "{dir}/out"));
    }

    [Theory]
    [InlineData("train_features")]
    [InlineData("train_labels")]
    [InlineData("test_features")]
    [InlineData("test_labels")]
    [InlineData("head.weight")]
    public void A_missing_tensor_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        features.Remove(name);
        string[] all = ["head.bias", "head.weight", "loss.proxies", "test_features", "test_labels", "train_features", "train_labels"];
        var path = features.Write(folder);
        var remedy = name == "head.weight" ? "add it, or fit a head with `dml fit`." : "add it.";
        var sentence = $"{path}: expected a tensor \"{name}\", found only {string.Join(", ", all.Except([name]))}; {remedy}";
        DmlCommand.Refuse(folder, sentence, InfluenceRun.Arguments(path, "{dir}/out"));
        DmlCommand.Refuse(folder, sentence, "confusions", "--features", path, "--out", "{dir}/out");
    }

    [Fact]
    public void A_missing_parameter_of_the_loss_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var features = new FeatureTensors();
        features.Remove("loss.proxies");
        const string Sentence = "{dir}/features.safetensors: expected a tensor \"loss.proxies\" for the loss proxy-nca-pp, "
            + "found none that begins with \"loss.\"; "
            + "add it to the file or choose the loss that the model was trained with.";
        DmlCommand.Refuse(folder, Sentence, InfluenceRun.Arguments(features.Write(folder), "{dir}/out"));
    }

    [Fact]
    public void A_file_of_another_format_or_cut_short_is_refused()
    {
        using var folder = new TemporaryFolder();
        var text = folder.Write("text.safetensors", "{ \"this\": \"is JSON\" }");
        var outcome = DmlCommand.Run(InfluenceRun.Arguments(text, folder.File("out")));
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith(
            $"{text}: expected a features file (safetensors, .npz, or a folder of .npy files), found JSON; save the tensors as safetensors",
            outcome.Error, StringComparison.Ordinal);

        var bytes = File.ReadAllBytes(FeatureTensors.GoldenFile);
        File.WriteAllBytes(folder.File("cut.safetensors"), bytes[..^1]);
        var sentence = $"{{dir}}/cut.safetensors is not a sound safetensors file: expected data up to byte {bytes.Length}, "
            + $"found {bytes.Length - 1} bytes; write it again.";
        DmlCommand.Refuse(folder, sentence, InfluenceRun.Arguments(folder.File("cut.safetensors"), "{dir}/out"));
    }
}
