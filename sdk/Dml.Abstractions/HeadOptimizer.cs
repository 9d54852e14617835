namespace Dml;

/// <summary>How a step follows from a gradient.</summary>
public enum HeadOptimizer
{
    /// <summary>Plain steps, with momentum if there is any.</summary>
    Sgd,

    /// <summary>Adam (Kingma, Ba, ICLR 2015); weight decay is added to the gradient.</summary>
    Adam,

    /// <summary>AdamW (Loshchilov, Hutter, ICLR 2019): Adam with weight decay beside the gradient.</summary>
    AdamW,
}
