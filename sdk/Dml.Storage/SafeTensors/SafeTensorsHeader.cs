using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Dml.Storage;

/// <summary>The JSON header of a safetensors file.</summary>
internal static class SafeTensorsHeader
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

    public static (Dictionary<string, SafeTensorEntry> Entries, Dictionary<string, string> Metadata) Read(ByteSource source)
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

    private static (Dictionary<string, SafeTensorEntry>, Dictionary<string, string>) Parse(JsonElement root, long dataStart, long fileLength, string path)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Broken(path, "a header that is a JSON object", root.ValueKind.ToString());
        var entries = new Dictionary<string, SafeTensorEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name == SafeTensors.MetadataKey) ReadMetadata(member.Value, metadata, path);
            else if (!entries.TryAdd(member.Name, ReadEntry(member, dataStart, path))) throw Broken(path, $"tensor \"{member.Name}\" once", "it twice");
        }

        var at = dataStart;
        foreach (var (name, entry) in entries.OrderBy(e => e.Value.Start).ThenBy(e => e.Value.Length))
        {
            if (entry.Start != at) throw Broken(path, $"the data of \"{name}\" at byte {at}", $"byte {entry.Start}");
            at += entry.Length;
        }

        return at == fileLength ? (entries, metadata) : throw Broken(path, $"data up to byte {at}", $"{fileLength} bytes");
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

    private static SafeTensorEntry ReadEntry(JsonProperty member, long dataStart, string path)
    {
        var value = member.Value;
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtypeName) || dtypeName.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shapeJson) || Numbers(shapeJson) is not { } shape
            || !value.TryGetProperty("data_offsets", out var offsetsJson) || Numbers(offsetsJson) is not [var begin, var end] || end < begin)
        {
            throw Broken(path, $"dtype, shape and data_offsets of \"{member.Name}\"", "something else");
        }

        var dtype = Array.Find(Dtypes, d => d.Name == dtypeName.GetString());
        if (dtype.Name is null) throw Broken(path, $"a dtype of {string.Join(", ", Dtypes.Select(d => d.Name))} for \"{member.Name}\"", dtypeName.GetString()!);
        var count = TensorForm.Count(shape);
        if (count < 0)
        {
            throw Broken(
                path, $"at most {TensorForm.MostDimensions} sizes and a number of bytes for \"{member.Name}\" that can be",
                $"({string.Join(", ", shape.Take(TensorForm.MostDimensions))}{(shape.Length > TensorForm.MostDimensions ? ", ..." : "")})");
        }

        var bytes = (Int128)count * dtype.Size;
        if (bytes != end - begin) throw Broken(path, $"{bytes} bytes for \"{member.Name}\"", $"{end - begin}");
        return new(dtype.Type, shape, dataStart + begin, end - begin);
    }

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
