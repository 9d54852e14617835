namespace Dml.Engine.Models;

/// <summary>What maps features to embeddings.</summary>
[Options]
internal sealed record HeadOptions
{
    /// <summary>
    /// linear: e = f W^T + b. mlp: one hidden layer before it, h = GELU(f V^T + c), e = h W^T + b; what is cached and explained is then h, and theta is W, the
    /// last layer. given: the linear head and the loss's parameters of the features file, as they are, so that nothing is trained.
    /// </summary>
    public HeadKind Kind { get; init; } = HeadKind.Linear;

    /// <summary>H, units of the hidden layer of mlp; null for as many as there are features.</summary>
    [Range(1, 65536)]
    public int? Hidden { get; init; }

    /// <summary>H, or null where there is no hidden layer.</summary>
    /// <param name="featureSize">D, features that the head is given.</param>
    /// <exception cref="DmlException">A linear head is given a hidden layer.</exception>
    internal int? HiddenSize(int featureSize) => (Kind, Hidden) switch
    {
        (HeadKind.Mlp, _) => Hidden ?? featureSize,
        (_, { } given) => throw new DmlException($"head.hidden: expected null for a linear head, found {given}; set head.kind to mlp, or leave hidden out."),
        _ => null,
    };
}
