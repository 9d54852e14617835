namespace Dml.Engine.Reporting;

/// <summary>A bar of a histogram.</summary>
/// <param name="From">Left edge, in the values of the horizontal axis.</param>
/// <param name="To">Right edge.</param>
/// <param name="Height">In the values of the vertical axis.</param>
/// <param name="Group">Index into the chart's bar groups, which names and colours it.</param>
/// <param name="Hint">What is shown when it is pointed at.</param>
internal readonly record struct ChartBar(double From, double To, double Height, int Group, string Hint);
