using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dml.Engine.Verification;

/// <summary>How estimators are held against reality.</summary>
/// <param name="Subsets">Number of random subsets of the training data.</param>
/// <param name="LeaveOut">Share of the training samples that each leaves out.</param>
/// <param name="Steps">Updates of W in a retraining.</param>
/// <param name="LearningRate">Step size of plain gradient descent.</param>
/// <param name="Batch">
/// Samples of an update, drawn at random; null for 512, or for a loss that is no mean of samples for batches as the training draws them.
/// </param>
/// <param name="Seed">Decides subsets, batches and resampling.</param>
internal sealed record VerifySettings(int Subsets, double LeaveOut, int Steps, double LearningRate, int? Batch, int Seed)
{
    private const int LeastSubsets = 8;

    /// <summary>How a step follows from a gradient.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonConverter(typeof(OptimizerConverter))]
    public HeadOptimizer Optimizer { get; init; }

    /// <summary>Whether a retraining begins with a head drawn from the seed, the same for all subsets, instead of going on from the model's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FromScratch { get; init; }

    /// <summary>Whether the proxies are retrained too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MovesProxies { get; init; }

    /// <summary>What Adam adds to the root that it divides by; null for 1e-8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AdamEpsilon { get; init; }

    /// <summary>
    /// Orders of batches: each retraining is done in as many, and d is their mean. The first follows from the seed, the others by counting up.
    /// </summary>
    public int Orders { get; init; } = 1;

    /// <summary>Single samples that are left out one at a time; 0 for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LeaveOneOut { get; init; }

    /// <summary>How many of the most harmful samples of an error are dropped together, rising; null to drop none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Brittleness { get; init; }

    /// <summary>The retraining, which a replaying estimator replays.</summary>
    /// <param name="seed">Decides its batches; what a retraining from scratch begins with follows from the settings' own seed.</param>
    public HeadTraining Training(int seed) => new()
    {
        Optimizer = Optimizer,
        Steps = Steps,
        LearningRate = LearningRate,
        Batch = Batch,
        Seed = seed,
        FreshSeed = FromScratch ? Seed : null,
        MovesProxies = MovesProxies,
        Epsilon = AdamEpsilon ?? HeadTraining.DefaultEpsilon,
        Orders = Orders,
    };

    /// <summary>Refuses what cannot be measured.</summary>
    /// <exception cref="DmlException">A value is out of range.</exception>
    public VerifySettings Checked()
    {
        if (Subsets is < LeastSubsets or > 10_000)
        {
            throw new DmlException("subsets", $"a number from {LeastSubsets} to 10000", $"{Subsets}", "a rank correlation over fewer says nothing");
        }

        if (!(LeaveOut is > 0 and < 1)) throw new DmlException("leaveOut", "a share between 0 and 1", $"{LeaveOut}");
        if (Steps is < 1 or > 1_000_000) throw new DmlException("steps", "a number from 1 to 1000000", $"{Steps}");
        if (!(LearningRate is > 0 and <= 10)) throw new DmlException("learningRate", "a number above 0 and up to 10", $"{LearningRate}");
        if (Batch is < 1 or > 1 << 20) throw new DmlException("batch", $"a number from 1 to {1 << 20}", $"{Batch}");
        if (AdamEpsilon is { } epsilon && !(epsilon is > 0 and <= 1)) throw new DmlException("adamEpsilon", "a number above 0 and up to 1", $"{epsilon}");
        if (AdamEpsilon is not null && Optimizer == HeadOptimizer.Sgd)
        {
            throw new DmlException(
                "adamEpsilon", "none for plain steps, which divide by nothing", $"{AdamEpsilon}",
                $"leave it out, or give {Mention.Option("optimizer", "adam")}");
        }

        if (Orders is < 1 or > 1000) throw new DmlException("orders", "a number from 1 to 1000", $"{Orders}");
        if (LeaveOneOut != 0 && LeaveOneOut is < LeastSubsets or > 1 << 20)
        {
            throw new DmlException("leaveOneOut", $"0 or a number from {LeastSubsets}", $"{LeaveOneOut}", "a rank correlation over fewer says nothing");
        }

        if (Brittleness is { } dropped && (dropped.Count == 0 || dropped[0] < 1 || dropped.Zip(dropped.Skip(1)).Any(pair => pair.First >= pair.Second)))
        {
            throw new DmlException("brittleness", "rising numbers from 1, such as 1,2,5,10,20", $"{string.Join(',', dropped)}");
        }

        return this;
    }
}

/// <summary>Writes an optimiser as configs name it.</summary>
internal sealed class OptimizerConverter() : JsonStringEnumConverter<HeadOptimizer>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
