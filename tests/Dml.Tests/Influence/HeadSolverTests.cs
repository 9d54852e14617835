using Dml.Numerics;
using Dml.Plugins;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Influence;

/// <summary>
/// The approximations of the inverse Hessian against whole matrices of (E D)^2, made by plain loops from gradients of whole weights that automatic
/// differentiation gives.
/// </summary>
public class HeadSolverTests
{
    private const int Size = 20;

    public static TheoryData<IfOracleTests.Kind, double?> Cases => new(
        from kind in new[] { IfOracleTests.Kind.ProxyNca, IfOracleTests.Kind.SoftTriple, IfOracleTests.Kind.ArcFace, IfOracleTests.Kind.ProxyNcaOfThePaper }
        from lambda in new double?[] { null, 0.7 }
        select (kind, lambda));

    [Theory]
    [MemberData(nameof(Cases))]
    public void EK_FAC_is_the_inverse_of_a_matrix_made_of_the_Kronecker_eigenbasis(IfOracleTests.Kind kind, double? lambda)
    {
        using var problem = new SmallProblem(shape => IfOracleTests.Make(kind, shape), float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        var gradients = Gradients(context);
        var (features, losses) = (Vectors(Moments(Features(context))), Vectors(Moments(LossGradients(context))));
        var directions = losses.SelectMany(u => features.Select(w => Kronecker(u, w))).ToArray();
        var values = directions.Select(direction => gradients.Average(a => Math.Pow(PlainGradients.Product(direction, a), 2))).ToArray();
        var damping = lambda ?? (0.1 * values.Average());
        var matrix = new double[Size, Size];
        for (var k = 0; k < Size; k++)
        {
            for (var i = 0; i < Size; i++)
            {
                for (var j = 0; j < Size; j++) matrix[i, j] += (values[k] + damping) * directions[k][i] * directions[k][j];
            }
        }

        AssertHarm(context, new() { Solver = IfSolver.Ekfac, Lambda = lambda }, linalg.inv(tensor(matrix)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void DataInf_is_the_mean_of_the_samples_inverses(IfOracleTests.Kind kind, double? lambda)
    {
        using var problem = new SmallProblem(shape => IfOracleTests.Make(kind, shape), float64);
        using var scope = NewDisposeScope();
        var gradients = Gradients(problem.Context);
        var damping = lambda ?? (0.1 * gradients.Average(a => PlainGradients.Product(a, a)) / Size);
        var mean = zeros(Size, Size, float64);
        foreach (var gradient in gradients) mean += linalg.inv(Outer(gradient) + (damping * eye(Size, Size, float64))) / gradients.Length;
        AssertHarm(problem.Context, new() { Solver = IfSolver.Datainf, Lambda = lambda }, mean);
    }

    [Theory]
    [InlineData(GradientProjection.Pca, 3, 1, null)]
    [InlineData(GradientProjection.Pca, 3, 1, 0.7)]
    [InlineData(GradientProjection.Random, 3, 1, null)]
    [InlineData(GradientProjection.Random, 2, 3, 0.02)]
    [InlineData(GradientProjection.Random, 4, 2, null)]
    public void LoGRA_inverts_the_Fisher_matrix_of_gradients_projected_by_explicit_matrices(
        GradientProjection projection, int rank, int draws, double? lambda)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var context = problem.Context;
        var gradients = Gradients(context);
        var mean = zeros(Size, Size, float64);
        for (var draw = 0; draw < draws; draw++)
        {
            var (left, right) = projection == GradientProjection.Pca
                ? (Vectors(Moments(LossGradients(context)))[^rank..], Vectors(Moments(Features(context)))[^rank..])
                : (Drawn(4, rank, 2 * draw), Drawn(5, rank, (2 * draw) + 1));
            var rows = stack([.. left.SelectMany(u => right.Select(w => tensor(Kronecker(u, w))))]);
            var projected = zeros(rows.shape[0], rows.shape[0], float64);
            foreach (var gradient in gradients)
            {
                var own = rows.mm(tensor(gradient).unsqueeze(1));
                projected += own.mm(own.t()) / gradients.Length;
            }

            var damping = lambda ?? (0.1 * projected.trace().item<double>() / rows.shape[0]);
            mean += rows.t().mm(linalg.inv(projected + (damping * eye(rows.shape[0], rows.shape[0], float64)))).mm(rows) / draws;
        }

        AssertHarm(context, new() { Solver = IfSolver.Logra, Projection = projection, Rank = rank, Draws = draws, Seed = 9, Lambda = lambda }, mean);
    }

    [Theory]
    [InlineData(GradientProjection.Pca)]
    [InlineData(GradientProjection.Random)]
    public void LoGRA_that_keeps_all_is_the_inverse_of_the_Fisher_matrix(GradientProjection projection)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var gradients = Gradients(problem.Context);
        var fisher = 0.3 * eye(Size, Size, float64);
        foreach (var gradient in gradients) fisher += Outer(gradient) / gradients.Length;
        AssertHarm(problem.Context, new() { Solver = IfSolver.Logra, Projection = projection, Rank = 5, Lambda = 0.3 }, linalg.inv(fisher));
    }

    /// <summary>The whole Hessian is held to finite differences by <see cref="IfOracleTests"/>; its eigenvectors are explicit here.</summary>
    [Theory]
    [InlineData(IfOracleTests.Kind.ProxyNca, IfHessian.Full)]
    [InlineData(IfOracleTests.Kind.SoftTriple, IfHessian.Full)]
    [InlineData(IfOracleTests.Kind.ProxyNca, IfHessian.GaussNewton)]
    public void Arnoldi_is_the_exact_solution_within_the_largest_positive_eigenvalues(IfOracleTests.Kind kind, IfHessian hessian)
    {
        using var problem = new SmallProblem(shape => IfOracleTests.Make(kind, shape), float64);
        using var scope = NewDisposeScope();
        using var whole = new HeadHessian(problem.Context, hessian == IfHessian.GaussNewton);
        var (values, vectors) = linalg.eigh(whole.ToMatrix());
        var found = values.data<double>().ToArray();
        var positive = found.Count(value => value > 1e-10 * found.Max(Math.Abs));
        if (hessian == IfHessian.Full) Assert.Contains(found, value => value < -1e-3 * found[^1]);
        var distances = new List<double>();
        using var all = Score(problem.Context, new() { Solver = IfSolver.Arnoldi, Hessian = hessian, Rank = Size, Lambda = 0 });
        foreach (var rank in new[] { 1, 2, 4, positive, Size })
        {
            var usual = 0.1 * found[^Math.Min(rank, positive)..].Average();
            var (inverse, free) = (zeros(Size, Size, float64), zeros(Size, Size, float64));
            for (var k = Math.Max(0, Size - Math.Min(rank, positive)); k < Size; k++)
            {
                var vector = vectors.narrow(1, k, 1);
                inverse += vector.mm(vector.t()) / (found[k] + 0.01);
                free += vector.mm(vector.t()) / (found[k] + usual);
            }

            AssertHarm(problem.Context, new() { Solver = IfSolver.Arnoldi, Hessian = hessian, Rank = rank, Lambda = 0.01 }, inverse, 1e-7);
            AssertHarm(problem.Context, new() { Solver = IfSolver.Arnoldi, Hessian = hessian, Rank = rank }, free, 1e-7);
            using var cut = Score(problem.Context, new() { Solver = IfSolver.Arnoldi, Hessian = hessian, Rank = rank, Lambda = 0 });
            distances.Add((cut.Harm[0] - all.Harm[0]).norm().item<double>());
        }

        Assert.InRange(distances[^1], 0, 1e-7 * all.Harm[0].norm().item<double>());
        Assert.InRange(distances[0], 0.01 * all.Harm[0].norm().item<double>(), double.PositiveInfinity);
    }

    [Fact]
    public void Few_steps_find_the_largest_eigenvalues_of_a_large_matrix_and_equal_ones_are_all_found()
    {
        using var scope = NewDisposeScope();
        var falling = tensor(Enumerable.Range(0, 600).Select(k => k % 3 == 2 ? -2 * Math.Pow(0.9, k) : 5 * Math.Pow(0.9, k)).ToArray());
        AssertInverse(falling, 6, 1e-7);
        AssertInverse(tensor(new double[] { 3, 3, 3, 1, 0, 0, -2, -2, 0.5, 3, 1, -7 }), 12, 1e-12);
        using var solver = new SpectralSolver((x, _) => x * falling.view(20, 30), zeros(20, 30, float64), 8);
        var note = solver.Solve(ones(1, 20, 30, dtype: float64)).Certificates[0].Note;
        Assert.Contains("; 8 eigenvalues of H from 5 down to ", note, StringComparison.Ordinal);

        static void AssertInverse(Tensor diagonal, int rank, double tolerance)
        {
            using var solver = new SpectralSolver((x, _) => x * diagonal.view(1, 2, -1), zeros(2, diagonal.shape[0] / 2, dtype: float64), rank, 0.25, 3);
            var v = (arange(1, (2 * diagonal.shape[0]) + 1, float64) * 0.7).cos().view(2, 2, -1);
            var values = diagonal.data<double>().ToArray();
            var kept = values.Where(value => value > 0).OrderDescending().Take(rank).Min();
            double[] inverse = [.. values.Select(value => value >= kept && value > 0 ? 1 / (value + 0.25) : 0)];
            var expected = v * tensor(inverse).view(1, 2, -1);
            Assert.InRange(((solver.Solve(v).Values - expected).norm() / expected.norm()).item<double>(), 0, tolerance);
        }
    }

    /// <summary>4,800 samples come in several blocks; each sample 400 times is the same mean as once.</summary>
    [Theory]
    [InlineData(IfSolver.Ekfac)]
    [InlineData(IfSolver.Datainf)]
    [InlineData(IfSolver.Logra)]
    [InlineData(IfSolver.Arnoldi)]
    public void Samples_in_many_blocks_are_as_in_one(IfSolver solver)
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        var many = problem.Context with { TrainFeatures = problem.Context.TrainFeatures.repeat(400, 1), TrainLabels = problem.Context.TrainLabels.repeat(400) };
        using var once = Score(problem.Context, new() { Solver = solver });
        using var often = Score(many, new() { Solver = solver });
        Assert.InRange(((often.Harm - once.Harm.repeat(1, 400)).norm() / often.Harm.norm()).item<double>(), 0, 1e-9);
    }

    [Fact]
    public void Options_that_no_solver_can_follow_are_refused_with_advice_that_works()
    {
        using var problem = new SmallProblem(SmallProblem.ProxyNca, float64);
        using var scope = NewDisposeScope();
        Refused(
            problem.Context, new() { Solver = IfSolver.Datainf, Lambda = 0 },
            "estimator.lambda: expected a lambda above 0, with which a matrix of rank one has an inverse, found 0; "
                + "set estimator.lambda to a larger value, or leave it out.");
        Refused(
            problem.Context, new() { Solver = IfSolver.Logra, Lambda = 0 },
            "estimator.lambda: expected H + lambda I to have an inverse, found an eigenvalue of ");
        Refused(
            problem.Context, new() { Solver = IfSolver.Ekfac, Hessian = IfHessian.GaussNewton },
            "estimator.hessian: expected full for ekfac, which computes with the Fisher matrix, found gaussNewton; "
                + "leave estimator.hessian out, or set estimator.solver to cg, exact or arnoldi.");
        var large = problem.Context with { HeadWeight = ones(70, 80, dtype: float64), HeadBias = zeros(70, dtype: float64) };
        Refused(
            large, new() { Solver = IfSolver.Logra, Rank = 80 },
            "estimator.rank: expected a rank for logra of which a head of E x D = 70 x 80 keeps at most 4096 directions, found 80, which keeps 5600; "
                + "set estimator.rank to 64 or less.");
        using var pairs = new PairProblem(_ => new TripletLoss(new()), ShareBasis.Batches);
        foreach (var solver in new[] { IfSolver.Ekfac, IfSolver.Datainf, IfSolver.Logra })
        {
            var error = Assert.Throws<DmlException>(() => Score(pairs.Context, new() { Solver = solver }));
            Assert.StartsWith("estimator.solver: expected cg, exact or arnoldi for ", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Harm of the pair and of the group against v^T M a_i.</summary>
    private static void AssertHarm(InfluenceContext context, IfOptions options, Tensor inverse, double tolerance = 1e-9)
    {
        using var scores = Score(context, options);
        var gradients = Gradients(context);
        foreach (var (row, confusion) in new[] { SmallProblem.Pair, SmallProblem.Group }.Index())
        {
            var mapped = inverse.mm(tensor(PlainGradients.OfDistance(context, confusion)).unsqueeze(1)).flatten().data<double>().ToArray();
            double[] expected = [.. gradients.Select(a => PlainGradients.Product(mapped, a))];
            Assert.All(expected.Zip(scores.Harm[row].data<double>().ToArray()), x => Assert.Equal(x.First, x.Second, tolerance * expected.Max(Math.Abs)));
        }
    }

    private static void Refused(InfluenceContext context, IfOptions options, string message) =>
        Assert.StartsWith(message, Assert.Throws<DmlException>(() => Score(context, options)).Message, StringComparison.Ordinal);

    private static HarmScores Score(InfluenceContext context, IfOptions options)
    {
        using var estimator = new IfEstimator(options);
        estimator.Prepare(context, SilentProgress.Instance, CancellationToken.None);
        return estimator.Score(context, [SmallProblem.Pair, SmallProblem.Group], SilentProgress.Instance, CancellationToken.None);
    }

    private static double[][] Gradients(InfluenceContext context) =>
        [.. Enumerable.Range(0, (int)context.TrainCount).Select(i => PlainGradients.OfLoss(context, i))];

    private static double[][] Features(InfluenceContext context) => Rows(context.TrainFeatures);

    /// <summary>dl_i/de_i, one sample at a time.</summary>
    private static double[][] LossGradients(InfluenceContext context) => [.. Enumerable.Range(0, (int)context.TrainCount).Select(i =>
    {
        var embedding = (context.TrainFeatures.narrow(0, i, 1).mm(context.HeadWeight.t()) + context.HeadBias).detach().requires_grad_();
        context.Loss.PerSample(embedding, context.TrainLabels.narrow(0, i, 1)).sum().backward();
        return embedding.grad!.flatten().data<double>().ToArray();
    })];

    private static double[][] Rows(Tensor values) =>
        [.. Enumerable.Range(0, (int)values.shape[0]).Select(i => values[i].contiguous().data<double>().ToArray())];

    private static double[,] Moments(double[][] rows)
    {
        var size = rows[0].Length;
        var moments = new double[size, size];
        foreach (var row in rows)
        {
            for (var i = 0; i < size; i++)
            {
                for (var j = 0; j < size; j++) moments[i, j] += row[i] * row[j] / rows.Length;
            }
        }

        return moments;
    }

    /// <summary>Eigenvectors by rising eigenvalue.</summary>
    private static double[][] Vectors(double[,] matrix) => Rows(linalg.eigh(tensor(matrix)).Item2.t().contiguous());

    private static double[] Kronecker(double[] left, double[] right) => [.. left.SelectMany(a => right.Select(b => a * b))];

    private static Tensor Outer(double[] values) => tensor(values).unsqueeze(1).mm(tensor(values).unsqueeze(0));

    /// <summary>The documented draws: a row a key of seed 9, normal by Box and Muller with variance 1 / rank; a side that is no larger is kept whole.</summary>
    private static double[][] Drawn(int size, int rank, long stream) => [.. Enumerable.Range(0, Math.Min(size, rank)).Select(row =>
    {
        var random = new CounterRandom(9, stream, row);
        return Enumerable.Range(0, size).Select(i => size > rank ? Normal() / Math.Sqrt(rank) : i == row ? 1 : 0).ToArray();

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextUnit())) * Math.Cos(2 * Math.PI * random.NextUnit());
    })];
}
