namespace Dml.Engine.Models;

/// <summary>What maps features to embeddings.</summary>
internal enum HeadKind
{
    /// <summary>One linear layer.</summary>
    Linear,

    /// <summary>A hidden layer with GELU, then a linear layer.</summary>
    Mlp,
}
