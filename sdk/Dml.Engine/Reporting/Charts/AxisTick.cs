namespace Dml.Engine.Reporting;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">Where it stands, in the axis's values.</param>
/// <param name="Text">What is written beside it.</param>
internal readonly record struct AxisTick(double Value, string Text);
