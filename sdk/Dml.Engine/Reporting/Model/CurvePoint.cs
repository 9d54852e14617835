namespace Dml.Engine.Reporting;

/// <summary>A point of a curve.</summary>
/// <param name="X">Horizontal value.</param>
/// <param name="Y">Vertical value.</param>
internal readonly record struct CurvePoint(double X, double Y);
