namespace Dml.Explorer.Views;

/// <summary>Harm of all training samples on an error.</summary>
/// <param name="Estimator">Who says so.</param>
/// <param name="IsSigned">Whether its scores tell harm from help.</param>
/// <param name="Distance">Squared distance of the unit embeddings.</param>
/// <param name="Harm">(N) harm.</param>
/// <param name="Notes">What a reader must know.</param>
/// <param name="Seconds">How long it took, together with the errors that were explained along with it.</param>
internal sealed record CauseScores(string Estimator, bool IsSigned, double Distance, double[] Harm, IReadOnlyList<string> Notes, double Seconds);
