namespace Dml.Numerics;

/// <summary>
/// A linear system that a solver cannot solve as it was asked to, with the value that would do. Its message names no option: whoever
/// called the solver knows where the value came from, and can tell the same with <see cref="Of"/>.
/// </summary>
public sealed class SolverException : DmlException
{
    /// <summary>Makes the error.</summary>
    /// <param name="expected">What was expected, such as <c>H + lambda I to be positive</c>.</param>
    /// <param name="found">What was found instead.</param>
    /// <param name="remedy">What to do, such as <c>take a lambda of at least 3</c>.</param>
    /// <param name="sufficient">The least value that is known to do; null where none is known.</param>
    public SolverException(string expected, string found, string remedy, double? sufficient) : base(null, expected, found, remedy) => Sufficient = sufficient;

    /// <summary>A lambda or scale that suffices, whichever the solver was given; null where none is known.</summary>
    public double? Sufficient { get; }

    /// <summary>The same mistake, told of an option.</summary>
    /// <param name="option">The option's path, such as <c>estimator.lambda</c>.</param>
    /// <param name="remedy">What to do with the option.</param>
    public DmlException Of(string option, string remedy) => new(option, Expected!, Found!, remedy, inner: this);
}
