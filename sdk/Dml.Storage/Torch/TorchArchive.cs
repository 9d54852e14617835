using System.Text;
using Dml.Storage.Zip;

namespace Dml.Storage.Torch;

/// <summary>The zip form: <c>PREFIX/data.pkl</c>, one entry <c>PREFIX/data/KEY</c> a storage, and perhaps <c>PREFIX/byteorder</c>.</summary>
internal static class TorchArchive
{
    private const string PickleName = FileFormat.PickleName;

    /// <summary>Reads the structure and checks that every storage is there in its full size.</summary>
    public static TorchFile Read(ByteSource source, ReadBudget budget, TorchFileMaker make)
    {
        var zip = new ZipReader(source, budget);
        var pickles = zip.Entries.Values.Where(e => e.Name == PickleName || e.Name.EndsWith("/" + PickleName, StringComparison.Ordinal)).ToList();
        if (pickles is not [var entry]) throw ZipDirectory.Broken(source, $"one entry {PickleName}", pickles.Count == 0 ? "none" : $"{pickles.Count}");
        var prefix = entry.Name[..^PickleName.Length];
        var pickle = new PickleReader(new(zip.Open(entry), 0, entry.Name), budget);
        var root = pickle.Read();
        var storages = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        foreach (var storage in pickle.Storages)
        {
            if (storages.TryGetValue(storage.Key, out var found) || zip.Entries.TryGetValue($"{prefix}data/{storage.Key}", out found))
            {
                if ((Int128)storage.WholeCount * storage.ElementSize != found.Size)
                {
                    throw ZipDirectory.Broken(
                        source, $"\"{found.Name}\" with {storage.WholeCount} elements of {storage.ElementSize} bytes", $"{found.Size} bytes");
                }

                storages[storage.Key] = found;
            }
            else
            {
                throw ZipDirectory.Broken(source, $"an entry \"{prefix}data/{storage.Key}\"", "none");
            }
        }

        return make(pickle, root, IsBigEndian(source, zip, prefix), storage => (zip.Open(storages[storage.Key]), 0));
    }

    private static bool IsBigEndian(ByteSource source, ZipReader zip, string prefix)
    {
        if (!zip.Entries.TryGetValue(prefix + "byteorder", out var entry)) return false;
        return Encoding.ASCII.GetString(zip.Open(entry).Read(0, (int)Math.Min(entry.Size, 16))) switch
        {
            "little" => false,
            "big" => true,
            _ => throw ZipDirectory.Broken(source, $"\"{entry.Name}\" to say little or big", "something else"),
        };
    }
}
