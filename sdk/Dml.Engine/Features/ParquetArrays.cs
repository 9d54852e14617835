using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>The columns of a Parquet file that a table of features may have, decoded into memory. Others are not read.</summary>
internal sealed class ParquetArrays : FeatureArrays
{
    private static readonly string[] Columns =
    [
        .. from prefix in new[] { "", FeatureNames.Train, FeatureNames.Test, FeatureNames.Query, FeatureNames.Gallery }
           from name in new[] { FeatureNames.Features, FeatureNames.Labels, FeatureNames.Ids, FeatureNames.Paths, FeatureNames.Groups, FeatureNames.Split }
           select prefix + name,
    ];

    private readonly FeatureArrays _numbers;
    private readonly Dictionary<string, IReadOnlyList<string>> _texts;
    private readonly Dictionary<string, DmlException> _problems;

    private ParquetArrays(FeatureArrays numbers, Dictionary<string, IReadOnlyList<string>> texts, Dictionary<string, DmlException> problems) =>
        (_numbers, _texts, _problems) = (numbers, texts, problems);

    /// <summary>The first bytes of every file.</summary>
    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorForm> Entries => _numbers.Entries;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> TextNames => _texts.Keys;

    /// <inheritdoc/>
    protected override IEnumerable<string> Unreadable => _problems.Keys;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">It is no sound Parquet file.</exception>
    public static ParquetArrays OpenFile(string path)
    {
        using var scope = NewDisposeScope();
        using var table = ParquetTable.Open(path);
        var numbers = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var texts = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var problems = new Dictionary<string, DmlException>(StringComparer.Ordinal);
        foreach (var name in table.Names)
        {
            try
            {
                if (!Columns.Contains(name)) problems[name] = new($"{path}: expected columns of the names of features, labels and the like, found \"{name}\".");
                else if (table.IsText(name)) texts[name] = table.Texts(name);
                else numbers[name] = table.Numbers(name);
            }
            catch (DmlException problem)
            {
                problems[name] = problem;
            }
        }

        foreach (var tensor in numbers.Values) tensor.DetachFromDisposeScope();
        return new(new MemoryArrays(numbers), texts, problems);
    }

    /// <inheritdoc/>
    public override DmlException? Unread(string name) => _problems.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Texts(string name) => _texts[name];

    /// <inheritdoc/>
    public override bool HasRows(string name) => true;

    /// <inheritdoc/>
    public override Tensor Rows(string name, long first, long count) => _numbers.Rows(name, first, count);

    /// <inheritdoc/>
    public override Tensor Gather(string name, IReadOnlyList<long> rows) => _numbers.Gather(name, rows);

    /// <inheritdoc/>
    public override Tensor Map(string name) => _numbers.Map(name);

    /// <inheritdoc/>
    public override void Dispose() => _numbers.Dispose();

    /// <inheritdoc/>
    protected override Tensor LoadWhole(string name) => _numbers.Load(name);
}
