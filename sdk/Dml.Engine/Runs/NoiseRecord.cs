namespace Dml.Engine.Runs;

/// <summary>Which training samples of a run got a wrong label on purpose.</summary>
/// <param name="Source">What chose them: numpy, system or given.</param>
/// <param name="Indices">
/// Their places in the dataset's own order, as drawn or given and as noise.indices takes them; places in the run are the same unless
/// damaged images were left out.
/// </param>
internal sealed record NoiseRecord(string Source, IReadOnlyList<int> Indices);
