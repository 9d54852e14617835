using Dml.Engine.Features;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.EndToEnd;

/// <summary>Features files with numbers of other kinds than float32 and int64, with more tensors than a model's, and without a bias.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class FeatureDtypeTests
{
    public static TheoryData<string, long> Half => new()
    {
        { "F16", long.MaxValue }, { "F16", 0 }, { "BF16", long.MaxValue }, { "BF16", 0 },
    };

    [Theory]
    [InlineData("f")]
    [InlineData("f8")]
    public void Tensors_of_other_dtypes_beside_a_models_change_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        var (expected, found) = (InfluenceRun.Of(Case("ok"), folder.File("ok")), InfluenceRun.Of(Case(name), folder.File("other")));
        Assert.Equal(File.ReadAllBytes(folder.File("ok/scores.safetensors")), File.ReadAllBytes(folder.File("other/scores.safetensors")));
        Assert.Equal(expected.Top, found.Top);
    }

    [Fact]
    public void A_head_without_a_bias_has_one_of_zeros_and_results_say_so()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var outcome = DmlCommand.Succeed(InfluenceRun.Arguments(Case("nobias"), folder.File("out")));
        var sentence = $"{Case("nobias")} has no \"head.bias\"; the head's bias is zero.";
        Assert.Contains("warning: " + sentence, outcome.Error, StringComparison.Ordinal);
        var note = Assert.Single(new InfluenceRun(folder.File("out")).Summary.GetProperty("featuresNotes").EnumerateArray());
        Assert.Equal(sentence, note.GetString());
        using var set = FeatureFile.Read(Case("nobias"));
        Assert.True(set.HeadBias.equal(zeros(6)).all().item<bool>());
        InfluenceRun.Of(Case("ok"), folder.File("ok"));
        Assert.False(new InfluenceRun(folder.File("ok")).Summary.TryGetProperty("featuresNotes", out _));
    }

    [Fact]
    public void A_tensor_that_is_wanted_and_of_a_dtype_that_is_not_known_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder, (name, tensor) =>
            name == "head.bias" ? (name, "F8_E5M2", [32], new byte[32]) : RawSafeTensors.Of(name, Plain(tensor), tensor));
        DmlCommand.Refuse(
            folder, "{dir}/features.safetensors: expected \"head.bias\" in a dtype of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL, U16, U32, U64, "
                + "found F8_E5M2; convert it.",
            InfluenceRun.Arguments(path, "{dir}/out"));
    }

    [Theory]
    [MemberData(nameof(Half))]
    public void Floats_of_16_bits_are_the_float32_that_they_stand_for_in_memory_and_block_by_block(string dtype, long largestInMemory)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var half = dtype == "F16" ? float16 : bfloat16;
        var path = Written(folder, (name, tensor) =>
            tensor.dtype == float32 ? RawSafeTensors.Of(name, dtype, tensor.to(half)) : RawSafeTensors.Of(name, "I64", tensor));
        using var features = new FeatureTensors();
        using var set = FeatureFile.Read(path, largestInMemory);
        foreach (var precision in new[] { float32, float64 })
        {
            var (train, read) = set.TrainFeaturesAs(precision);
            var expected = features["train_features"].to(half).to(precision);
            Assert.Equal(largestInMemory == 0, read is not null);
            Assert.True((read is null ? train : read(new(0, set.TrainCount))).equal(expected).all().item<bool>());
            Assert.Equal(precision, (read is null ? train : read(new(3, 4))).dtype);
        }

        Assert.True(set.TrainRows(new(5, 9)).equal(features["train_features"].to(half).to(float32).narrow(0, 5, 9)).all().item<bool>());
        Assert.Equal(largestInMemory == 0 ? half : float32, set.TrainFeatures.dtype);
        Assert.All([set.TestFeatures, set.HeadWeight, set.HeadBias, set.LossParameters["proxies"]], tensor => Assert.Equal(float32, tensor.dtype));
    }

    [Theory]
    [InlineData("U16")]
    [InlineData("U32")]
    [InlineData("U64")]
    [InlineData("U8")]
    [InlineData("I8")]
    public void Labels_of_any_kind_of_whole_numbers_explain_as_int64_ones_do(string dtype)
    {
        using var folder = new TemporaryFolder();
        var signed = dtype switch { "U16" => int16, "U32" => int32, "U64" => int64, "U8" => uint8, _ => int8 };
        var path = Written(folder, (name, tensor) =>
            tensor.dtype == int64 ? RawSafeTensors.Of(name, dtype, tensor.to(signed)) : RawSafeTensors.Of(name, "F32", tensor));
        InfluenceRun.Of(path, folder.File("out"), "--groups", "2");
        InfluenceRun.Of(FeatureTensors.GoldenFile, folder.File("golden"), "--groups", "2");
        Assert.Equal(File.ReadAllBytes(folder.File("golden/scores.safetensors")), File.ReadAllBytes(folder.File("out/scores.safetensors")));
    }

    [Theory]
    [InlineData("U8", ScalarType.Byte, ScalarType.Float32)]
    [InlineData("I32", ScalarType.Int32, ScalarType.Float64)]
    [InlineData("BOOL", ScalarType.Bool, ScalarType.Float32)]
    public void Whole_numbers_and_truth_values_are_features_too(string dtype, ScalarType stored, ScalarType expected)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = Written(folder, (name, tensor) => name.EndsWith("_features", StringComparison.Ordinal)
            ? RawSafeTensors.Of(name, dtype, (tensor * 3).abs().to(stored)) : RawSafeTensors.Of(name, Plain(tensor), tensor));
        using var features = new FeatureTensors();
        using var set = FeatureFile.Read(path);
        Assert.Equal(expected, set.TrainFeatures.dtype);
        Assert.True(set.TrainFeatures.equal((features["train_features"] * 3).abs().to(stored).to(expected)).all().item<bool>());
        InfluenceRun.Of(path, folder.File("out"), "--groups", "1");
    }

    private static string Plain(Tensor tensor) => tensor.dtype == int64 ? "I64" : "F32";

    private static string Case(string name) => Fixtures.Path("cases", "extra-dtype", name + ".safetensors");

    /// <summary>The golden features file with its tensors in another form.</summary>
    private static string Written(TemporaryFolder folder, Func<string, Tensor, (string, string, long[], byte[])> form)
    {
        using var features = new FeatureTensors();
        string[] names = ["train_features", "train_labels", "test_features", "test_labels", "head.weight", "head.bias", "loss.proxies"];
        File.WriteAllBytes(folder.File("features.safetensors"), RawSafeTensors.Bytes([.. names.Select(name => form(name, features[name]))]));
        return folder.File("features.safetensors");
    }
}
