using System.Text.Json.Serialization;
using Dml.Engine.Features;

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

    /// <summary>True where d = 0: the items of each pair are duplicates with different labels, which no training sample explains; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Duplicate { get; init; }

    /// <summary>Ids of the pairs; null where the samples of a features file are meant, which may have no names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string[]>? Ids { get; init; }

    /// <summary>Classes of the pairs' first items, each once, then those of the second items; null as <see cref="Ids"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string[]>? Classes { get; init; }

    /// <summary>Ids of the first items that are the only ones of their class, so that no training cures the error; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Lone { get; init; }

    public static ExplainedTargetRecord Of(TargetExplanation target, SampleNames names)
    {
        var pairs = target.Confusion.Pairs;
        string[] lone = [.. pairs.Where(p => names.IsLone(p.Anchor)).Select(p => names.TestIds[p.Anchor])];
        var record = Of(target) with { Lone = lone.Length > 0 ? lone : null };
        return names.ClassNames is null ? record : record with
        {
            Ids = [.. pairs.Select(p => new[] { names.TestIds[p.Anchor], names.TestIds[p.Neighbour] })],
            Classes = [ClassesOf(pairs.Select(p => p.Anchor)), ClassesOf(pairs.Select(p => p.Neighbour))],
        };

        string[] ClassesOf(IEnumerable<int> items) => [.. items.Select(i => names.Class(names.TestLabels[i])).Distinct()];
    }

    public static ExplainedTargetRecord Of(TargetExplanation target)
    {
        var confusion = target.Confusion;
        return new(confusion.Name, confusion.Kind, confusion.Pairs, target.Distance, target.Directions, target.Path, SolverRecord.Of(target.Solver))
        {
            NearestNeighbour = confusion.Kind == ConfusionKind.Pair ? confusion.Note.Length == 0 : null,
            Note = confusion.Note.Length > 0 ? confusion.Note : null,
            Duplicate = target.Distance == 0 ? true : null,
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
