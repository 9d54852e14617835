namespace Dml.Engine.Runs;

/// <summary>The clustering that NMI and AMI are of.</summary>
/// <param name="Clusters">k: the number of test classes.</param>
/// <param name="Seed">Decides every draw.</param>
/// <param name="Restarts">Runs, of which the one with the least inertia was kept.</param>
/// <param name="Iterations">Iterations of the kept run.</param>
/// <param name="Converged">Whether it converged before its most iterations.</param>
/// <param name="Inertia">Sum of the squared distances to the centres.</param>
internal sealed record KmeansRecord(int Clusters, long Seed, int Restarts, int Iterations, bool Converged, double Inertia);
