#:project ../../sdk/Dml.Engine/Dml.Engine.csproj
using Dml.Engine;

// What the worst errors of a run are, and which training images cause them: dotnet run explain.cs runs/demo
using var run = Run.Open(args[0]);
var worst = run.Model.Confusions.Groups(10);
using var harm = run.Model.Explain(worst);
foreach (var confusion in worst)
{
    Console.WriteLine(harm.Describe(confusion));
    foreach (var cause in harm.MostHarmful(confusion, 3)) Console.WriteLine($"  {cause.Id} ({cause.ClassName}) {cause.Harm:g3}");
}
