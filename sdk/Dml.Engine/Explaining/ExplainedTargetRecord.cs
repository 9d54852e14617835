using System.Text.Json.Serialization;

namespace Dml.Engine.Explaining;

/// <summary>The form of a <see cref="TargetExplanation"/> in influence.json.</summary>
internal sealed record ExplainedTargetRecord(
    string Name, ConfusionKind Kind, IReadOnlyList<TestPair> Pairs, double Distance, IReadOnlyList<WalkDirection> Directions, string Path, SolverRecord Solver)
{
    /// <summary>Of a pair: whether the second item is the first one's nearest neighbour; null for a group.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? NearestNeighbour { get; init; }

    /// <summary>The confusion's note; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    public static ExplainedTargetRecord Of(TargetExplanation target)
    {
        var confusion = target.Confusion;
        return new(confusion.Name, confusion.Kind, confusion.Pairs, target.Distance, target.Directions, target.Path, SolverRecord.Of(target.Solver))
        {
            NearestNeighbour = confusion.Kind == ConfusionKind.Pair ? confusion.Note.Length == 0 : null,
            Note = confusion.Note.Length > 0 ? confusion.Note : null,
        };
    }

    public TargetExplanation ToExplanation() =>
        new(new(Name, Kind, Pairs) { Note = Note ?? "" }, Distance, Directions, Path) { Solver = Solver.ToCertificate() };
}

/// <summary>The form of a <see cref="SolverCertificate"/> in influence.json, and of there being none.</summary>
internal sealed record SolverRecord(string Name)
{
    private const string None = "none";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Iterations { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Residual { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Condition { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    public static SolverRecord Of(SolverCertificate? solver) => solver is null
        ? new(None) { Note = "this estimator solves no linear system, so there is no residual and no condition" }
        : new(solver.Solver)
        {
            Iterations = solver.Iterations,
            Residual = solver.Residual,
            Condition = solver.Condition,
            Note = solver.Note.Length > 0 ? solver.Note : null,
        };

    public SolverCertificate? ToCertificate() => Name == None ? null : new(Name, Iterations ?? 0, Residual, Condition, Note ?? "");
}
