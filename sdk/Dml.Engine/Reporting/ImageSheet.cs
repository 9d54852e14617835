using System.Text;

namespace Dml.Engine.Reporting;

/// <summary>
/// The images of a report as CSS classes. An element with the class shows the image as its background, so however often an image
/// is shown its bytes stand in the file once, and it prints where <c>print-color-adjust</c> is <c>exact</c>.
/// </summary>
internal sealed class ImageSheet(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> images)
{
    private readonly Dictionary<string, string> _classOfId = [];
    private readonly Dictionary<string, string> _classOfData = [];
    private readonly StringBuilder _rules = new();

    /// <summary>The rules for all images shown so far.</summary>
    public Html Rules => new(_rules.ToString());

    /// <summary>A box that shows the image, or an empty frame when there is none.</summary>
    /// <param name="id">Key of the image, or null.</param>
    /// <param name="description">What a reader who cannot see it is told.</param>
    /// <param name="instead">What stands in an empty frame.</param>
    public Html Show(string? id, string description, string instead = "")
    {
        if (id is not null && images.ContainsKey(id)) return Html.Of($"""<span class="box {ClassOf(id)}" role="img" aria-label="{description}"></span>""");
        var text = instead.Length == 0 ? Html.None : Html.Of($"""<span class="id-text">{instead}</span>""");
        return Html.Of($"""<span class="box textual" role="img" aria-label="{description} (no image)">{text}</span>""");
    }

    private string ClassOf(string id)
    {
        if (_classOfId.TryGetValue(id, out var known))
        {
            return known;
        }

        var bytes = images[id].Span;
        var data = DataUri(id, bytes);
        if (!_classOfData.TryGetValue(data, out var name))
        {
            name = _classOfData[data] = $"i{_classOfData.Count}";
            _rules.Append('.').Append(name).Append("{background-image:url(").Append(data).Append(")}\n");
        }

        return _classOfId[id] = name;
    }

    /// <summary>An image's bytes as an address.</summary>
    /// <param name="id">Names it in messages.</param>
    /// <param name="bytes">PNG or JPEG.</param>
    public static string DataUri(string id, ReadOnlySpan<byte> bytes) => $"data:{MediaType(id, bytes)};base64,{Convert.ToBase64String(bytes)}";

    private static string MediaType(string id, ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0x89, 0x50, 0x4E, 0x47, ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        _ => throw new ArgumentException($"Image '{id}' of the report should be PNG or JPEG bytes, but starts as neither; encode it before adding it."),
    };
}
