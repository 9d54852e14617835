#:project ../../sdk/Dml.Engine/Dml.Engine.csproj
using Dml.Engine;

// The labels to check first, what the head is worth with them changed, and the neighbours of an image: dotnet run suspects.cs runs/demo image.png
using var run = Run.Open(args[0]);
var suspects = run.Model.Suspects().Take(20).ToList();
foreach (var s in suspects) Console.WriteLine($"{s.Id}: {s.ClassName}, perhaps {s.SuggestedName} ({s.Vote:p0} of the votes)");
using var changed = run.Model.RetrainHead(suspects.Select(s => s.Relabel));
Console.WriteLine($"R@1 {run.Model.Evaluate().Recall[1]:0.0000}, with these labels {changed.Evaluate().Recall[1]:0.0000}");
foreach (var n in run.Neighbours(args[1], 5)) Console.WriteLine($"{n.Id} ({n.ClassName}) at {n.Distance:0.000}");
