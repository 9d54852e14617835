using System.Globalization;
using Dml.Engine;
using Dml.Engine.Images;
using Dml.Explorer.Api;
using Microsoft.AspNetCore.Http.Features;

namespace Dml.Explorer.Views;

/// <summary>An image from anywhere: what lies near it, and what the model sees in it.</summary>
/// <param name="run">The run.</param>
/// <param name="items">Its items.</param>
internal sealed class SearchView(Run run, ItemList items) : IDisposable
{
    /// <summary>Bytes of the largest image that is taken.</summary>
    public const long MostBytes = 50_000_000;

    /// <summary>One image at a time: the network is opened once, and its layers are not for two threads.</summary>
    private readonly SemaphoreSlim _network = new(1);

    /// <summary>Searches.</summary>
    /// <param name="request">The image is its body.</param>
    public async Task<SearchAnswer> Of(ApiRequest request)
    {
        var http = request.Http.Request;
        if (http.ContentType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ApiException(415, $"Expected an image as the body (content type image/*), found \"{http.ContentType}\".");
        }

        var limit = request.Http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        if (http.ContentLength > MostBytes)
        {
            // The server then passes over the body, for a few seconds at most, so that the browser comes to read the refusal.
            limit.MaxRequestBodySize = null;
            throw TooLarge(http.ContentLength.Value);
        }

        limit.MaxRequestBodySize = MostBytes;
        var (split, k) = (request.Text("split")!, request.Integer("k"));
        // Decoders read files; the folder is one that nobody else may look into.
        var folder = Directory.CreateTempSubdirectory("dml-search-");
        try
        {
            var file = Path.Combine(folder.FullName, "image");
            await using (var copy = File.Create(file)) await http.Body.CopyToAsync(copy, request.Gone);
            return await Nearest(file, split, k, request.Gone);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private async Task<SearchAnswer> Nearest(string file, string split, int k, CancellationToken gone)
    {
        await _network.WaitAsync(gone);
        try
        {
            // On a thread of its own: the first search loads the network.
            var found = await Task.Factory.StartNew(
                () => run.Neighbours(file, k, split == ItemList.Train ? Split.Training : Split.Test), gone, TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            var seen = await Task.Run(() => JpegImage.Encode(run.Embedder.Seen(file)), gone);
            return new(
                [.. found.Select(n => new FoundItem(items.Of(split, n.Index), n.Distance))],
                [
                    .. found.CountBy(n => (n.Label, n.ClassName)).OrderByDescending(c => c.Value)
                        .Select(c => new SeenClass((int)c.Key.Label, c.Key.ClassName, c.Value)),
                ],
                Convert.ToBase64String(seen), []);
        }
        catch (DmlException refusal)
        {
            // What the sentence says of the file's place, and how to mend a dataset's folder, is not for an image that was sent.
            var place = refusal.Message.IndexOf($" at {file}", StringComparison.Ordinal);
            throw new ApiException(422, place < 0 ? refusal.Message : $"{refusal.Message[..place]}.");
        }
        finally
        {
            _network.Release();
        }
    }

    private static ApiException TooLarge(long length) => new(413, string.Create(CultureInfo.InvariantCulture,
        $"Expected an image of at most {MostBytes / 1_000_000} MB, found one of {length / 1_000_000} MB."));
}
