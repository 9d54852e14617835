namespace Dml.Storage.Torch;

/// <summary>
/// The persistent id by which a pickle refers to a storage: <c>("storage", type, key, device, elements)</c>, and in old files a sixth
/// item, null or the view <c>(key, offset, elements)</c>.
/// </summary>
internal static class StorageReference
{
    /// <summary>Reads it.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The storage, or null where the id is something else.</returns>
    public static TorchStorage? Read(object? id)
    {
        if (id is not object?[] { Length: 5 or 6 } items
            || items is not ["storage", PickleGlobal { IsStorage: true } type, _, string, long count, ..]
            || PickleReader.KeyText(items[2]) is not { } key || count < 0 || count > long.MaxValue / 16)
        {
            return null;
        }

        if (items.Length == 5 || items[5] is null) return new(key, type.Dtype, 0, count);
        return items[5] is object?[] view && view is [_, long offset, long size] && offset >= 0 && size >= 0 && size <= count - offset
            ? new(key, type.Dtype, offset, size) { WholeCount = count }
            : null;
    }
}
