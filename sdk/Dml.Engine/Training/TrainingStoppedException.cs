namespace Dml.Engine.Training;

/// <summary>A training that was stopped and can be resumed; the message says how.</summary>
/// <param name="sentence">The whole sentence.</param>
internal sealed class TrainingStoppedException(Wording sentence) : OperationCanceledException(sentence.ToString())
{
    /// <summary>The sentence with the operations that it names.</summary>
    public Wording Sentence { get; } = sentence;
}
