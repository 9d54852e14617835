namespace Dml.Engine.Training;

/// <summary>A training that was stopped and can be gone on with; the message says how.</summary>
/// <param name="message">The whole sentence.</param>
internal sealed class TrainingStoppedException(string message) : OperationCanceledException(message);
