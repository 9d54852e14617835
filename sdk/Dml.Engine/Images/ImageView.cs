namespace Dml.Engine.Images;

/// <summary>The two ways in which a trained model looks at an image.</summary>
internal enum ImageView
{
    /// <summary>Centre crop: what retrieval metrics are computed on.</summary>
    Evaluation,

    /// <summary>What errors are found and explained on, see <see cref="InfluenceView"/>.</summary>
    Influence,
}
