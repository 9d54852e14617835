namespace Dml.Engine.Reporting;

/// <summary>The share of the mislabelled samples that is found once a share of all samples has been checked.</summary>
/// <param name="Checked">Share checked, in [0, 1].</param>
/// <param name="Found">Share of the mislabelled found, in [0, 1].</param>
internal readonly record struct DetectionRecall(double Checked, double Found);
