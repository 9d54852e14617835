using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>The terms of Proxy Anchor, one for each sample and class, positives and negatives in one matrix.</summary>
/// <param name="IsOwn">(N, C), bool: the class is the sample's.</param>
/// <param name="Slopes">(N, C): -alpha for the own class, alpha for others.</param>
/// <param name="Exponents">(N, C): <c>-alpha (cos - delta)</c> for the own class, <c>alpha (cos + delta)</c> for others.</param>
/// <param name="Weights">(N, C): the say of a term in the loss of a batch of one: 1 for the own class, 1 / C for others.</param>
internal readonly record struct ProxyAnchorTerms(Tensor IsOwn, Tensor Slopes, Tensor Exponents, Tensor Weights)
{
    /// <summary>Forms them; the caller opens a dispose scope.</summary>
    /// <param name="cosines">(N, C).</param>
    /// <param name="labels">(N), int64.</param>
    /// <param name="options">Scale and margin.</param>
    public static ProxyAnchorTerms Of(Tensor cosines, Tensor labels, ProxyAnchorOptions options)
    {
        var classes = cosines.shape[1];
        var own = nn.functional.one_hot(labels, classes).to(cosines.dtype);
        var slopes = (1 - (2 * own)) * options.Scale;
        return new(own > 0, slopes, (slopes * cosines) + (options.Scale * options.Margin), own + ((1 - own) / classes));
    }
}
