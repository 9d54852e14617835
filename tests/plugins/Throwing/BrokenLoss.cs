using static TorchSharp.torch;

namespace Dml.TestPlugins;

/// <summary>Throws where its options say.</summary>
[Plugin("broken")]
public sealed class BrokenLoss(BrokenOptions options) : IMetricLoss
{
    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter> Parameters => options.Where == "getter" ? throw new InvalidOperationException("No parameters today.") : [];

    /// <inheritdoc/>
    public Tensor PerSample(Tensor embeddings, Tensor labels) => options.Where switch
    {
        "method" => throw new InvalidOperationException("No loss\ntoday."),
        "library" => embeddings.mm(embeddings),
        "lambda" => stack(Enumerable.Range(0, 2).Select(i => i < 1 ? labels : throw new InvalidOperationException("No sum today."))),
        "iterator" => stack(Rows(labels)),
        "static" => BrokenTable.Values,
        "own" => throw new DmlException("loss.where: expected another place, found own; change it."),
        "cancelled" => throw new OperationCanceledException(),
        "memory" => throw new InsufficientMemoryException(),
        _ => embeddings.sum(1),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static IEnumerable<Tensor> Rows(Tensor labels)
    {
        yield return labels;
        throw new InvalidOperationException("No rows today.");
    }
}

/// <summary>Where to throw.</summary>
public sealed record BrokenOptions
{
    private readonly string _where = "";

    /// <summary>The place.</summary>
    public string Where
    {
        get => _where;
        init => _where = value == "option" ? throw new InvalidOperationException("No options today.") : value;
    }
}

/// <summary>Cannot be filled.</summary>
internal static class BrokenTable
{
    public static Tensor Values { get; } = Fill();

    private static Tensor Fill() => throw new InvalidOperationException("No table today.");
}
