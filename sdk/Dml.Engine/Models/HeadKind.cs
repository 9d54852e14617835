namespace Dml.Engine.Models;

/// <summary>What maps features to embeddings.</summary>
internal enum HeadKind
{
    /// <summary>One linear layer.</summary>
    Linear,

    /// <summary>A hidden layer with GELU, then a linear layer.</summary>
    Mlp,

    /// <summary>The linear layer that a features file holds, with its loss's parameters: nothing is trained.</summary>
    Given,
}
