namespace Dml;

/// <summary>How far a long operation is.</summary>
/// <param name="Stage">What is being done, for a person: "embed training images".</param>
/// <param name="Done">Units done so far.</param>
/// <param name="Total">Units in all; 0 when unknown.</param>
/// <param name="Detail">Extra words for the line, such as the current loss; empty for none.</param>
public readonly record struct ProgressReport(string Stage, long Done, long Total, string Detail = "")
{
    /// <summary>A remark that names options or operations.</summary>
    /// <param name="stage">What it is about.</param>
    /// <param name="remark">The remark.</param>
    public ProgressReport(string stage, Wording remark) : this(stage, 0, 0, $"{remark}") => Remark = remark;

    /// <summary><see cref="Detail"/> with the options and operations that it names; null where it names none.</summary>
    public Wording? Remark { get; }
}
