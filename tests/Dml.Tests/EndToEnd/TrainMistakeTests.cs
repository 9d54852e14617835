using Dml.Tests.Support;
using TorchSharp;

namespace Dml.Tests.EndToEnd;

/// <summary>Wrong configs of dml train: a sentence for each problem, exit code 1, no run folder and nothing half-written.</summary>
[Collection(CommandLineCollection.Name)]
public sealed class TrainMistakeTests
{
    [Theory]
    [InlineData("--set trainig.epochs=1: trainig: unknown section \"trainig\"; did you mean \"training\"?", "trainig.epochs=1")]
    [InlineData("--set training.epoch=1: training.epoch: unknown key \"epoch\"; did you mean \"epochs\"?", "training.epoch=1")]
    [InlineData("--set training.epochs=many: training.epochs: expected a whole number from 0 to 1000000, found the text \"many\"", "training.epochs=many")]
    [InlineData("--set training.epochs=-1: training.epochs: expected a whole number from 0 to 1000000, found the number -1", "training.epochs=-1")]
    [InlineData("--set seed=-1: seed: expected a whole number of at least 0, found the number -1", "seed=-1")]
    [InlineData("--set dataset.size=8: dataset.size: expected a whole number from 16 to 256, found the number 8", "dataset.size=8")]
    [InlineData("--set dataset.name=glyph: dataset.name: unknown dataset plugin \"glyph\"; did you mean \"glyphs\"?", "dataset.name=glyph")]
    [InlineData(
        "--set dataset=3: dataset: expected a dataset plugin as { \"name\": \"...\", options } or its name alone, found the number 3; "
            + "valid: cars, csv, cub, folder, glyphs, inshop, sop",
        "dataset=3")]
    [InlineData(
        "--set backbone=efficientnet: backbone.name: unknown backbone plugin \"efficientnet\"; valid: bn-inception, convnet, onnx, resnet, resnet50, vit. "
            + "A plugin of your own is found by --plugins DIR, or once `dml plugins add PACKAGE` has installed it.",
        "backbone=efficientnet")]
    [InlineData("Expected images.resize to be at least images.size (24), found 20; raise resize or leave it out.", "images.resize=20")]
    [InlineData(
        "Expected at least training.batchClasses = 13 classes in the training split, found 12; lower batchClasses or train on more classes.",
        "training.batchClasses=13")]
    [InlineData(
        "noise.share: expected at least 10 training classes for labels shifted by 5, found 9; set noise.share to 0 or train on more classes.",
        "noise.share=0.1", "dataset.trainingClasses=9")]
    [InlineData(
        "noise.share: expected 0 beside noise.indices, which says which samples get a wrong label, found 0.1; leave one of the two out.", "noise.share=0.1",
        "noise.indices=[3]")]
    [InlineData("noise.indices: expected indices of training samples from 0 to 71, found 72; correct the list.", "noise.indices=[0, 72]")]
    [InlineData("--set noise.generator=pcg: noise.generator: expected one of numpy, system, found the text \"pcg\"", "noise.generator=pcg")]
    [InlineData(
        "dataset.trainingClasses: expected a range of class indices such as \"0..99\" (from 0, both ends included), found \"0-99\"; correct it.",
        "dataset={\"name\": \"cub\", \"root\": \"birds\", \"trainingClasses\": \"0-99\"}")]
    [InlineData(
        "training.views: expected 1 where the backbone is trained, which sees each image augmented anew at every step, found 4; leave it out, or set "
            + "training.mode to \"frozen\".",
        "training.views=4")]
    [InlineData("device: expected auto, cpu, cuda or cuda:n, found \"gpu\".", "device=gpu")]
    public void A_wrong_value_is_refused(string sentence, params string[] settings)
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(
            folder, sentence, ["train", TinyTraining.WriteConfig(folder), "--out", "{dir}/run", .. settings.SelectMany(s => new[] { "--set", s })]);
    }

    [Fact]
    public void Several_problems_are_reported_together()
    {
        using var folder = new TemporaryFolder();
        var outcome = DmlCommand.Refuse(
            folder, "--set loss.scal=1: loss.scal: unknown key \"scal\"; did you mean \"scale\"?",
            "train", TinyTraining.WriteConfig(folder), "--out", "{dir}/run", "--set", "training.epochs=-1", "--set", "loss.scal=1", "--set", "images.size=0");
        Assert.Equal(
            ["--set images.size=0: images.size: expected a whole number from 1 to 4096, found the number 0",
                "--set training.epochs=-1: training.epochs: expected a whole number from 0 to 1000000, found the number -1"],
            outcome.Error.Split('\n')[..2]);
    }

    [Theory]
    [InlineData(
        "3: expected JSON (comments and trailing commas are allowed), found a mistake at column 3: "
            + "'o' is an invalid start of a property name, Expected a '\"'; correct the file there",
        "{\n  \"seed\": 1,\n  oops\n}")]
    [InlineData(
        "2: trainings: unknown section \"trainings\"; did you mean \"training\"?",
        "{ \"dataset\": \"glyphs\", \"backbone\": \"convnet\", \"loss\": \"proxy-nca-pp\",\n \"trainings\": {} }")]
    [InlineData(
        "3: training.epoch: unknown key \"epoch\"; did you mean \"epochs\"?",
        "{ \"dataset\": \"glyphs\", \"backbone\": \"convnet\", \"loss\": \"proxy-nca-pp\", \"training\": {\n\n \"epoch\": 3 } }")]
    [InlineData(
        "1: loss: expected a loss plugin as { \"name\": \"...\", options } or its name alone, found nothing; this section must be given",
        "{ \"dataset\": \"glyphs\", \"backbone\": \"convnet\" }")]
    public void A_mistake_in_the_file_is_told_with_its_line(string problem, string json)
    {
        using var folder = new TemporaryFolder();
        folder.Write("bad.json", json);
        DmlCommand.Refuse(folder, "{dir}/bad.json:" + problem, "train", "{dir}/bad.json", "--out", "{dir}/run");
    }

    [Fact]
    public void A_missing_config_is_refused()
    {
        using var folder = new TemporaryFolder();
        DmlCommand.Refuse(folder, "{dir}/none.json: expected a config file, found none; check the path.", "train", "{dir}/none.json", "--out", "{dir}/run");
    }

    [Theory]
    [InlineData("Expected a new folder for the run, found {dir}/other with other files in it; choose another --out.", "{dir}/other")]
    [InlineData("Expected a folder for the run at {dir}/other/file, found a file; choose another --out.", "{dir}/other/file")]
    [InlineData(
        "Expected to write to {dir}/other/file/run.partial, but the system refused (Could not find a part of the path '{dir}/other/file/run.partial'); "
            + "give access or choose another folder.",
        "{dir}/other/file/run")]
    public void A_place_that_is_taken_is_refused(string sentence, string output)
    {
        using var folder = new TemporaryFolder();
        folder.Write("other/file", "");
        var config = TinyTraining.WriteConfig(folder);
        DmlCommand.Refuse(folder, sentence, "train", config, "--out", output);
        if (output.EndsWith("other", StringComparison.Ordinal)) DmlCommand.Refuse(folder, sentence, "train", config, "--out", output, "--overwrite");
    }

    [Fact]
    public void A_GPU_that_is_not_there_is_refused()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "There is a GPU.");
        using var folder = new TemporaryFolder();
        const string Sentence = "device: expected a GPU for \"cuda\", but this libtorch finds none; choose cpu, "
            + "or give a CUDA build of libtorch with DML_LIBTORCH.";
        DmlCommand.Refuse(folder, Sentence, "train", TinyTraining.WriteConfig(folder), "--out", "{dir}/run", "--device", "cuda");
    }
}
