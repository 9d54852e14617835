namespace Dml.Engine.Training;

/// <summary>The optimisers to choose from.</summary>
internal enum OptimizerKind
{
    /// <summary>Adam (Kingma, Ba, ICLR 2015); weight decay is added to the gradient.</summary>
    Adam,

    /// <summary>AdamW (Loshchilov, Hutter, ICLR 2019); weight decay shrinks the weights directly.</summary>
    AdamW,
}
