using Dml.Storage;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>Columns of a Parquet file as tensors and texts: plain columns, lists of one length, and lists of such lists.</summary>
internal sealed class ParquetTable : IDisposable
{
    private readonly string _path;
    private readonly ByteSource _source;
    private readonly ParquetReader _reader;
    private readonly Dictionary<string, DataField> _fields = new(StringComparer.Ordinal);

    private ParquetTable(string path, ByteSource source, ParquetReader reader)
    {
        (_path, _source, _reader) = (path, source, reader);

        // Of a record with several members none is a column of its own.
        foreach (var group in reader.Schema.GetDataFields().GroupBy(f => f.Path.FirstPart!).Where(g => g.Count() == 1)) _fields[group.Key] = group.Single();
    }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyCollection<string> Names => _fields.Keys;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DmlException">It is no sound Parquet file.</exception>
    public static ParquetTable Open(string path)
    {
        var source = ByteSource.OfHeldFile(path, "a Parquet file");
        try
        {
            return new(path, source, Guard(path, () => ParquetReader.CreateAsync(new SourceStream(source)).GetAwaiter().GetResult()));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Whether a column holds texts.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public bool IsText(string name) => _fields[name].ClrType == typeof(string) || _fields[name].ClrType == typeof(ReadOnlyMemory<char>);

    /// <summary>A column of texts; a missing one is empty.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public IReadOnlyList<string> Texts(string name)
    {
        var field = _fields[name];
        if (field.MaxRepetitionLevel > 0) throw new DmlException($"{_path}: expected \"{name}\" as one text a row, found lists; give one text a row.");
        var all = new List<string>();
        for (var group = 0; group < _reader.RowGroupCount; group++)
        {
            using var rows = _reader.OpenRowGroupReader(group);
            var texts = new string?[rows.RowCount];
            Guard(_path, () =>
            {
                rows.ReadAsync(field, texts.AsMemory()!).AsTask().GetAwaiter().GetResult();
                return true;
            });
            all.AddRange(texts.Select(t => t ?? ""));
        }

        return all;
    }

    /// <summary>A column of numbers: (N), (N, D) of lists, or (N, K, D) of lists of lists.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="DmlException">Its type is no number, a value is missing, or lists have several lengths.</exception>
    public Tensor Numbers(string name)
    {
        using var scope = NewDisposeScope();
        var groups = Enumerable.Range(0, _reader.RowGroupCount).Select(group => Group(name, group)).ToList();
        if (groups.Select(g => string.Join(',', g.shape.Skip(1))).Distinct().Count() > 1) throw Ragged(name);
        return (groups.Count == 0 ? empty(0) : cat(groups)).MoveToOuterDisposeScope();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _source.Dispose();
    }

    private Tensor Group(string name, int group)
    {
        var field = _fields[name];
        using var rows = _reader.OpenRowGroupReader(group);
        using var raw = Guard(_path, () => rows.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult());
        if (field.MaxDefinitionLevel > 0 && raw.DefinitionLevels.ContainsAnyExcept(field.MaxDefinitionLevel))
        {
            throw new DmlException($"{_path}: expected a value of \"{name}\" in every row, found one that is missing; fill it in, or leave the row out.");
        }

        var values = Values(name, raw);
        return field.MaxRepetitionLevel == 0 ? values : values.view(Shape(name, raw.RepetitionLevels, field.MaxRepetitionLevel, rows.RowCount));
    }

    private Tensor Values(string name, RawColumnData raw) => raw switch
    {
        RawColumnData<float> floats => tensor(floats.Values.ToArray()),
        RawColumnData<double> doubles => tensor(doubles.Values.ToArray()),
        RawColumnData<long> longs => tensor(longs.Values.ToArray()),
        RawColumnData<int> ints => tensor(ints.Values.ToArray()),
        RawColumnData<short> shorts => tensor(shorts.Values.ToArray()),
        RawColumnData<sbyte> bytes => tensor(bytes.Values.ToArray()),
        RawColumnData<byte> bytes => tensor(bytes.Values.ToArray()),
        RawColumnData<ushort> shorts => tensor(Array.ConvertAll(shorts.Values.ToArray(), v => (int)v)),
        RawColumnData<uint> ints => tensor(Array.ConvertAll(ints.Values.ToArray(), v => (long)v)),
        _ => throw new DmlException(
            $"{_path}: expected \"{name}\" as float, double, integers, texts or lists of numbers, found {raw.GetType().GetGenericArguments()[0].Name}; "
                + "convert it, floats of 16 bits to 32."),
    };

    /// <summary>The shape that repetition levels tell: 0 begins a row, 1 a list within it, 2 a value within that. All lists must have one length.</summary>
    private long[] Shape(string name, ReadOnlySpan<int> levels, int depth, long rows)
    {
        if (depth > 2) throw new DmlException($"{_path}: expected \"{name}\" as lists of numbers, or lists of such lists, found a depth of {depth}.");
        if (rows == 0 || levels.Length % rows != 0) throw Ragged(name);
        var row = levels[..(int)(levels.Length / rows)];
        for (var at = 0; at < levels.Length; at += row.Length)
        {
            if (!levels.Slice(at, row.Length).SequenceEqual(row)) throw Ragged(name);
        }

        if (row[0] != 0 || row[1..].Contains(0)) throw Ragged(name);
        if (depth == 1) return [rows, row.Length];
        var views = row.Length - row.Count(2);
        for (var i = 0; i < row.Length; i++)
        {
            if (row.Length % views != 0 || row[i] < 2 != (i % (row.Length / views) == 0)) throw Ragged(name);
        }

        return [rows, views, row.Length / views];
    }

    private DmlException Ragged(string name) =>
        new($"{_path}: expected lists of one length in \"{name}\", found several lengths, or none; give every row the same number of values.");

    /// <summary>What the library says of a damaged file, as a sentence.</summary>
    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (DmlException or OutOfMemoryException))
        {
            throw new DmlException($"{path} is not a sound Parquet file ({error.Message.TrimEnd('.')}); write it again.", error);
        }
    }
}
