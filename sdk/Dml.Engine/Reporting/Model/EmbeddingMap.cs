namespace Dml.Engine.Reporting;

/// <summary>Test items in the plane in which the items of some classes vary most (principal components of the unit embeddings).</summary>
/// <param name="Classes">The classes that have a colour.</param>
/// <param name="Points">The items.</param>
/// <param name="HorizontalShare">Share of the variance of these classes along the horizontal axis, in [0, 1].</param>
/// <param name="VerticalShare">Share along the vertical axis.</param>
internal sealed record EmbeddingMap(IReadOnlyList<string> Classes, IReadOnlyList<MapPoint> Points, double HorizontalShare, double VerticalShare);

/// <summary>A test item of an <see cref="EmbeddingMap"/>.</summary>
/// <param name="X">Horizontal coordinate.</param>
/// <param name="Y">Vertical coordinate.</param>
/// <param name="Class">Index of its class among those with a colour; null for another class.</param>
/// <param name="Wrong">Its nearest neighbour has another class.</param>
/// <param name="Id">Its stable id.</param>
internal readonly record struct MapPoint(double X, double Y, int? Class, bool Wrong, string Id);
