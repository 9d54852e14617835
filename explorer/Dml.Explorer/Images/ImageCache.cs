using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dml.Engine;
using Dml.Engine.Images;
using Dml.Engine.Reporting;
using Dml.Explorer.Api;
using Dml.Storage;

namespace Dml.Explorer.Images;

/// <summary>
/// Images as JPEG at the sizes that a page shows, each made once and kept in the cache folder. Few are decoded at once and large ones one after another,
/// so that memory stays bounded however many are asked for.
/// </summary>
internal sealed class ImageCache : IDisposable
{
    /// <summary>Bytes of the largest file that is decoded.</summary>
    public const long MostBytes = 100_000_000;

    public const int LeastSide = 64;
    public const int MostSide = 2048;
    public const int UsualSide = 160;

    private const long LargeFile = 4 << 20;

    private readonly string _folder;
    private readonly OrientationAction _orientation;
    private readonly SemaphoreSlim _small = new(Math.Max(1, Environment.ProcessorCount));
    private readonly SemaphoreSlim _large = new(1);

    /// <param name="run">The run, whose config says how images are turned.</param>
    /// <param name="cache">The cache folder.</param>
    public ImageCache(Run run, string cache)
    {
        _folder = Path.Combine(cache, "images");
        _orientation = RunOrientation.Of(run.Folder);
    }

    /// <summary>An image whose longer side is at most so long; one that is smaller keeps its size.</summary>
    /// <param name="sample">The image.</param>
    /// <param name="side">Longer side, in pixels.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    /// <returns>A JPEG file, and its tag.</returns>
    /// <exception cref="ApiException">It is missing, too large or no image.</exception>
    public async Task<(ReadOnlyMemory<byte> Bytes, string Tag)> Get(ImageSample sample, int side, CancellationToken gone)
    {
        var file = new FileInfo(sample.File);
        if (!file.Exists) throw new ApiException(404, $"Expected the image of {sample.Id}, found none; it was moved or removed since the run was made.");
        if (file.Length > MostBytes)
        {
            throw new ApiException(413, string.Create(CultureInfo.InvariantCulture,
                $"Expected an image file of at most {MostBytes / 1_000_000} MB, found {file.Length / 1_000_000} MB of {sample.Id}."));
        }

        var key = Key(sample, side, file);
        var kept = Path.Combine(_folder, key[..2], $"{key}.jpg");
        if (await TryRead(kept, gone) is { } known) return (known, Tag(key));
        var gate = file.Length > LargeFile ? _large : _small;
        await gate.WaitAsync(gone);
        try
        {
            // Another request may have made it meanwhile.
            if (await TryRead(kept, gone) is { } made) return (made, Tag(key));
            var bytes = await Task.Run(() => Make(sample, side), gone);
            Keep(kept, bytes);
            return (bytes, Tag(key));
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _small.Dispose();
        _large.Dispose();
    }

    private byte[] Make(ImageSample sample, int side)
    {
        try
        {
            var image = ImageDecoder.Decode(sample, _orientation).Pixels;
            var factor = Math.Min(1.0, (double)side / Math.Max(image.Width, image.Height));
            return JpegImage.Encode(
                BilinearResize.Resize(image, Math.Max(1, (int)Math.Round(image.Width * factor)), Math.Max(1, (int)Math.Round(image.Height * factor))));
        }
        catch (DmlException error)
        {
            throw new ApiException(422, error.Message);
        }
    }

    /// <summary>What the bytes depend on: the file as it is now, the part of it that is meant, the size.</summary>
    private string Key(ImageSample sample, int side, FileInfo file) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"1\n{sample.File}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}\n{sample.Box}\n{_orientation}\n{side}"))))[..40];

    private static string Tag(string key) => $"\"{key}\"";

    private static async Task<byte[]?> TryRead(string path, CancellationToken gone)
    {
        try
        {
            return File.Exists(path) ? await File.ReadAllBytesAsync(path, gone) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Keep(string path, byte[] bytes)
    {
        try
        {
            AtomicFile.Write(path, stream => stream.Write(bytes));
        }
        catch (DmlException)
        {
            // A cache that cannot be written to costs time and nothing else.
        }
    }
}
