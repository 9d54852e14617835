using System.Buffers.Binary;

namespace Dml.Storage.Torch;

/// <summary>
/// The legacy form: pickles of a magic number, the protocol version 1001, facts of the writing machine, the object and the list of
/// storage keys; then each storage as a count of elements (8 bytes, little-endian) and its raw little-endian values.
/// </summary>
internal static class LegacyTorchFile
{
    private const long Version = 1001;

    /// <summary>The pickle of 0x1950A86A20F9469CFC6C, with which every such file starts.</summary>
    public static ReadOnlySpan<byte> Start => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>Reads the structure and finds every storage.</summary>
    public static TorchFile Read(ByteSource source, ReadBudget budget, TorchFileMaker make)
    {
        var cursor = new PickleCursor(source, Start.Length, "");
        if (new PickleReader(cursor, budget).Read() is not Version) throw Broken(source, cursor.Position, $"version {Version} of the legacy form", "another");
        new PickleReader(cursor, budget).Read();
        var pickle = new PickleReader(cursor, budget);
        var root = pickle.Read();
        var keysStart = cursor.Position;
        if (new PickleReader(cursor, budget).Read() is not List<object?> keys) throw Broken(source, keysStart, "a list of storage keys", "something else");
        var starts = Find(source, budget, cursor.Position, keys, pickle.Storages);
        return make(pickle, root, false, storage => (source, starts[storage.Key].Start));
    }

    private static Dictionary<string, (long Start, long Count)> Find(
        ByteSource source, ReadBudget budget, long at, List<object?> keys, IReadOnlyList<TorchStorage> storages)
    {
        var forms = new Dictionary<string, TorchStorage>(StringComparer.Ordinal);
        foreach (var storage in storages)
        {
            if (forms.TryAdd(storage.Key, storage)) continue;
            var first = forms[storage.Key];
            if (first.ElementSize != storage.ElementSize || first.WholeCount != storage.WholeCount)
            {
                throw Broken(source, at, $"storage {storage.Key} in one form", "it in two");
            }
        }

        var found = new Dictionary<string, (long Start, long Count)>(StringComparer.Ordinal);
        budget.Spend(96 * (Int128)keys.Count, "the list of storages");
        Span<byte> header = stackalloc byte[8];
        foreach (var item in keys)
        {
            if (PickleReader.KeyText(item) is not { } key || !forms.TryGetValue(key, out var storage))
            {
                throw Broken(source, at, "the key of a storage that a tensor uses", "another");
            }

            source.Read(at, header);
            var count = BinaryPrimitives.ReadInt64LittleEndian(header);
            if (count != storage.WholeCount) throw Broken(source, at, $"storage {key} with {storage.WholeCount} elements", $"{count}");
            if ((Int128)count * storage.ElementSize > source.Length - at - header.Length)
            {
                throw Broken(source, at, $"{count} elements of storage {key}", $"the end of the file at byte {source.Length}");
            }

            if (!found.TryAdd(key, (at + header.Length, count))) throw Broken(source, at, $"storage {key} once", "it twice");
            at += header.Length + (count * storage.ElementSize);
        }

        if (forms.Keys.FirstOrDefault(key => !found.ContainsKey(key)) is { } missing) throw Broken(source, at, $"storage {missing} in the file", "none");
        return at == source.Length ? found : throw Broken(source, at, "the end of the file", $"{source.Length - at} bytes more");
    }

    private static DmlException Broken(ByteSource source, long at, string expected, string found) =>
        new($"{source.Name}: byte {at}: expected {expected}, found {found}; the file is damaged or was not written by torch.save, get it again.");
}
