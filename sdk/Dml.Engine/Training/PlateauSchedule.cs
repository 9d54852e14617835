namespace Dml.Engine.Training;

/// <summary>Where a plateau schedule stands.</summary>
/// <param name="Factor">Factor on the learning rates.</param>
/// <param name="Best">Best value so far; null before the first.</param>
/// <param name="Waited">Epochs since the best.</param>
internal sealed record PlateauState(double Factor, double? Best, int Waited)
{
    public static PlateauState Start { get; } = new(1, null, 0);
}

/// <summary>
/// Lowers the learning rates when a value no longer rises: torch's ReduceLROnPlateau(mode max) with its relative threshold of 1e-4.
/// A value counts as better only above best * 1.0001; after more than <c>patience</c> epochs without one the rates fall.
/// </summary>
/// <param name="gamma">Factor of each fall.</param>
/// <param name="patience">Epochs without improvement that are borne.</param>
internal sealed class PlateauSchedule(double gamma, int patience)
{
    private const double Threshold = 1e-4;

    /// <summary>torch's eps: a fall smaller than this is not made.</summary>
    private const double LeastFall = 1e-8;

    /// <summary>Takes the value of an epoch in.</summary>
    /// <param name="state">Before the epoch.</param>
    /// <param name="value">What is to be as large as possible.</param>
    /// <param name="rate">The largest learning rate, by which torch judges whether a fall is worth making.</param>
    public PlateauState Next(PlateauState state, double value, double rate)
    {
        if (state.Best is not { } best || value > best * (1 + Threshold)) return state with { Best = value, Waited = 0 };
        if (state.Waited < patience) return state with { Waited = state.Waited + 1 };
        var lower = state.Factor * gamma;
        return state with { Factor = rate * (state.Factor - lower) > LeastFall ? lower : state.Factor, Waited = 0 };
    }
}
