using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>The JSON header of a safetensors file.</summary>
/// <param name="Entries">The tensors that can be read.</param>
/// <param name="Unread">Names and dtypes of those that cannot.</param>
/// <param name="Metadata">Free texts.</param>
internal sealed record SafeTensorsHeader(
    IReadOnlyDictionary<string, SafeTensorEntry> Entries, IReadOnlyDictionary<string, string> Unread, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The limit of the reference implementation.</summary>
    private const long LargestHeader = 100_000_000;

    private const int DeepestHeader = 8;
    private const int MostTokens = 4_000_000;

    private static readonly (string Name, ScalarType Type, int Size)[] Dtypes =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    private static readonly (string Name, int Size)[] Unsigned = [("U16", sizeof(ushort)), ("U32", sizeof(uint)), ("U64", sizeof(ulong))];

    /// <summary>The message where a tensor is wanted whose dtype is not known.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="dtype">As the file calls it.</param>
    public static DmlException NotRead(string source, string name, string dtype) => new(
        $"{source}: expected \"{name}\" in a dtype of {string.Join(", ", Dtypes.Select(d => d.Name).Concat(Unsigned.Select(u => u.Name)))}, "
            + $"found {dtype}; convert it.");

    public static SafeTensorsHeader Read(ByteSource source)
    {
        var (path, fileLength) = (source.Name, source.Length);
        if (fileLength < 8) throw Broken(path, "at least 8 bytes", $"{fileLength}");
        Span<byte> prefix = stackalloc byte[8];
        source.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LargestHeader || (long)length > fileLength - 8)
        {
            throw Broken(path, "a header that fits the file", $"a header length of {length} in {fileLength} bytes");
        }

        var header = source.Read(8, (int)length);
        try
        {
            RequireModest(header, path);
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = DeepestHeader });
            return Parse(json.RootElement, 8 + (long)length, fileLength, path);
        }
        catch (JsonException error)
        {
            throw Broken(path, "a JSON header", error.Message, error);
        }
        catch (InvalidOperationException error)
        {
            // A text with half a character: an escaped surrogate without its partner, or bytes that are not UTF-8.
            throw Broken(path, "names and texts that are Unicode", "others", error);
        }
    }

    /// <summary>A parsed token takes many times its bytes: two of them in "0," would take more memory than the file allows for.</summary>
    private static void RequireModest(ReadOnlySpan<byte> header, string path)
    {
        var reader = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = DeepestHeader });
        var tokens = 0;
        while (reader.Read())
        {
            if (++tokens > MostTokens) throw Broken(path, $"a header of at most {MostTokens} JSON tokens", "more");
        }
    }

    public static byte[] Make(IReadOnlyList<(string Name, TensorForm Form)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(new byte[8]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafeTensors.MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(x => x.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }

            var at = 0L;
            foreach (var (name, form) in tensors)
            {
                var dtype = Dtypes.First(d => d.Type == form.Dtype);
                json.WriteStartObject(name);
                json.WriteString("dtype", dtype.Name);
                json.WriteStartArray("shape");
                foreach (var size in form.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += TensorForm.Count(form.Shape) * dtype.Size);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The data starts at a multiple of 8, so that it can be mapped.
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        var bytes = buffer.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - 8);
        return bytes;
    }

    private static SafeTensorsHeader Parse(JsonElement root, long dataStart, long fileLength, string path)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Broken(path, "a header that is a JSON object", root.ValueKind.ToString());
        var entries = new Dictionary<string, SafeTensorEntry>(StringComparer.Ordinal);
        var unread = new Dictionary<string, string>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name == SafeTensors.MetadataKey) ReadMetadata(member.Value, metadata, path);
            else if (!entries.TryAdd(member.Name, ReadEntry(member, dataStart, path, unread))) throw Broken(path, $"tensor \"{member.Name}\" once", "it twice");
        }

        var at = dataStart;
        foreach (var (name, entry) in entries.OrderBy(e => e.Value.Start).ThenBy(e => e.Value.Length))
        {
            if (entry.Start != at) throw Broken(path, $"the data of \"{name}\" at byte {at}", $"byte {entry.Start}");
            at += entry.Length;
        }

        foreach (var name in unread.Keys) entries.Remove(name);
        return at == fileLength ? new(entries, unread, metadata) : throw Broken(path, $"data up to byte {at}", $"{fileLength} bytes");
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata, string path)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Broken(path, "texts as metadata", value.ValueKind.ToString());
        foreach (var item in value.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String) throw Broken(path, $"a text as metadata \"{item.Name}\"", item.Value.ValueKind.ToString());
            metadata[item.Name] = item.Value.GetString()!;
        }
    }

    /// <summary>The bytes of a dtype that is not known are what the offsets say: a floating number may be of 4 or 6 bits.</summary>
    private static SafeTensorEntry ReadEntry(JsonProperty member, long dataStart, string path, Dictionary<string, string> unread)
    {
        var value = member.Value;
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtypeName) || dtypeName.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shapeJson) || Numbers(shapeJson) is not { } shape
            || !value.TryGetProperty("data_offsets", out var offsetsJson) || Numbers(offsetsJson) is not [var begin, var end] || end < begin)
        {
            throw Broken(path, $"dtype, shape and data_offsets of \"{member.Name}\"", "something else");
        }

        var found = dtypeName.GetString()!;
        var dtype = Array.Find(Dtypes, d => d.Name == found);
        var unsigned = Array.Find(Unsigned, u => u.Name == found).Size;
        var count = TensorForm.Count(shape);
        if (count < 0)
        {
            throw Broken(
                path, $"at most {TensorForm.MostDimensions} sizes and a number of bytes for \"{member.Name}\" that can be",
                $"({string.Join(", ", shape.Take(TensorForm.MostDimensions))}{(shape.Length > TensorForm.MostDimensions ? ", ..." : "")})");
        }

        if (dtype.Name is null && unsigned == 0)
        {
            unread[member.Name] = Shown(found);
            return new(ScalarType.Byte, shape, dataStart + begin, end - begin);
        }

        var bytes = (Int128)count * (unsigned > 0 ? unsigned : dtype.Size);
        if (bytes != end - begin) throw Broken(path, $"{bytes} bytes for \"{member.Name}\"", $"{end - begin}");
        return new(unsigned > 0 ? UnsignedNumbers.WiderThan(unsigned) : dtype.Type, shape, dataStart + begin, end - begin) { UnsignedSize = unsigned };
    }

    /// <summary>A name of the file, short and printable.</summary>
    private static string Shown(string name) => new([.. name.Take(20).Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '?')]);

    private static long[]? Numbers(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array) return null;
        var numbers = new List<long>();
        foreach (var item in json.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number is < 0 or > long.MaxValue / 2) return null;
            numbers.Add(number);
            if (numbers.Count > TensorForm.MostDimensions) break;
        }

        return [.. numbers];
    }

    private static DmlException Broken(string path, string expected, string found, Exception? cause = null)
    {
        var message = $"{path} is not a sound safetensors file: expected {expected}, found {found}; write it again.";
        return cause is null ? new(message) : new(message, cause);
    }
}
