#:project ../../sdk/Dml.Engine/Dml.Engine.csproj
using Dml.Engine;

// Trains on a folder with a folder of images for each class, the first half of them: dotnet run train.cs path/to/images runs/mine
var classes = Directory.GetDirectories(args[0]).Length;
var config = RunConfig.Parse("""{ "backbone": "convnet", "loss": "proxy-nca-pp", "dataset": "folder", "training": { "epochs": 2 } }""")
    .Set("dataset.root", Path.GetFullPath(args[0]))
    .Set("dataset.training", new[] { $"0..{classes / 2 - 1}" }).Set("dataset.test", new[] { $"{classes / 2}..{classes - 1}" });
using var run = Run.Train(config, args[1]);
Console.WriteLine($"R@1 {run.Quality.Recall[1]:0.000}, {run.Model.Confusions.Count} of {run.Quality.Queries} test images wrong");
