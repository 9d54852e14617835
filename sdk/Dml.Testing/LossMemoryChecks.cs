using Dml.Numerics;
using static TorchSharp.torch;

namespace Dml.Testing;

/// <summary>What a loss that remembers earlier batches promises beyond <see cref="IMetricLoss"/>.</summary>
internal static class LossMemoryChecks
{
    private const int Steps = 4;

    public static void Check(Func<LossShape, IMetricLoss> make, LossShape shape)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var loss = (IRememberingLoss)make(shape);
        using var other = (IRememberingLoss)make(shape);
        var (problem, member) = (new LossProblem(loss, shape.Dtype), $"{loss.GetType().Name}.{nameof(IRememberingLoss.Memory)}");
        var names = loss.Memory.Select(m => m.Name).ToList();
        Expect.That(
            names.Distinct().Count() == names.Count && names.TrueForAll(n => n.Length > 0), $"{member}: expected names that differ, found "
                + $"{string.Join(", ", names)}; a checkpoint keeps one tensor a name.");
        for (var step = 0; step < Steps; step++) Step(problem, step).Dispose();
        Forms(loss, other, member);
        var before = loss.Memory.Select(m => m.Value.clone()).ToList();
        problem.BatchLoss(null).Dispose();
        problem.PerSample().Dispose();
        Expect.That(
            before.Zip(loss.Memory).All(m => Same(m.First, m.Second.Value)),
            $"{problem.Member("BatchLoss")}: expected the memory as it was, found it changed; let TrainingLoss alone remember.");

        // Another loss that is given the memory and the parameters goes on as this one does.
        using (no_grad())
        {
            foreach (var (to, from) in other.Memory.Zip(loss.Memory)) to.Value.copy_(from.Value);
            foreach (var (to, from) in other.Parameters.Zip(loss.Parameters)) to.Value.copy_(from.Value);
        }

        var theirs = new LossProblem(other, shape.Dtype);
        for (var step = 0; step < Steps; step++)
        {
            var (expected, found) = (Step(problem, step), Step(theirs, step));
            Expect.Close(
                expected, found, 0, problem.Member("TrainingLoss"), "the same loss from a copy of the memory",
                "keep all that the loss depends on in Memory, and change it in place");
        }

        Expect.NoGrowth(problem.Member("TrainingLoss"), 50, () => Step(problem, 0).Dispose());
        Gradient(problem);
    }

    private static Tensor Step(LossProblem problem, int step)
    {
        using var scope = NewDisposeScope();
        var value = ((IRememberingLoss)problem.Loss).TrainingLoss(problem.Embeddings.roll(step, 1), problem.Labels);
        Expect.Form(value, [], problem.Precision, problem.Member("TrainingLoss"), "return a scalar: the loss of the step");
        return value.MoveToOuterDisposeScope();
    }

    private static void Forms(IRememberingLoss used, IRememberingLoss fresh, string member)
    {
        foreach (var (now, start) in used.Memory.Zip(fresh.Memory))
        {
            Expect.That(
                now.Name == start.Name && now.Value.shape.SequenceEqual(start.Value.shape) && now.Value.dtype == start.Value.dtype,
                $"{member}: expected {start.Name} of shape {Expect.Show(start.Value.shape)} and dtype {Expect.Name(start.Value.dtype)} after some steps too, "
                    + $"found {now.Name} of {Expect.Show(now.Value.shape)} and {Expect.Name(now.Value.dtype)}; give it room from the beginning.");
        }
    }

    private static void Gradient(LossProblem problem)
    {
        using var scope = NewDisposeScope();
        var followed = problem.Embeddings.clone().requires_grad_();
        var value = ((IRememberingLoss)problem.Loss).TrainingLoss(followed, problem.Labels);
        Expect.That(
            value.requires_grad, $"{problem.Member("TrainingLoss")}: expected a result that is differentiable in the embeddings, found one without a gradient; "
                + $"detach what is remembered alone.");
        Expect.Finite(Gradients.Of(value, followed), problem.Member("TrainingLoss"));
    }

    private static bool Same(Tensor one, Tensor other) => one.equal(other).all().item<bool>();
}
