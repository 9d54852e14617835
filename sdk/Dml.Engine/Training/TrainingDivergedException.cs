namespace Dml.Engine.Training;

/// <summary>A training whose numbers are no longer finite: to go on from its checkpoint would lead to the same place.</summary>
/// <param name="message">The whole sentence.</param>
internal sealed class TrainingDivergedException(string message) : DmlException(message);
