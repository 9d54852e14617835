using System.Text.Json;
using Dml.Engine.Images;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Images;

/// <summary>Against PIL 9.4 and torchvision 0.14: decoded pixels, resized pixels and evaluation tensors.</summary>
public class GoldenImageTests
{
    private static readonly SafeTensors File = SafeTensors.Open(Fixtures.Path("golden", "images", "images.safetensors"));

    public static TheoryData<string> Images => [.. Names("file")];

    public static TheoryData<string, int> Raw => [.. Items().Where(i => i.TryGetProperty("raw", out _))
        .Select(i => new TheoryDataRow<string, int>(i.GetProperty("raw").GetString()!, i.GetProperty("resize").GetInt32()))];

    [Theory]
    [MemberData(nameof(Images))]
    public void Decoded_pixels_equal_those_of_pil_bit_for_bit(string file) =>
        Assert.Equal(Load(file, "decoded_rgb").Pixels, Decode(file).Pixels);

    [Theory]
    [MemberData(nameof(Images))]
    public void Resized_pixels_equal_those_of_pil_bit_for_bit(string file)
    {
        foreach (var side in (int[])[40, 32])
        {
            Assert.Equal(Load(file, $"resized{side}_u8").Pixels, Resize(Load(file, "decoded_rgb"), side).Pixels);
        }
    }

    [Theory]
    [MemberData(nameof(Raw))]
    public void Resized_raw_pixels_equal_those_of_pil_bit_for_bit(string name, int side)
    {
        var expected = Load(name, "out");
        var actual = Resize(Load(name, "in"), side);
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        Assert.Equal(expected.Pixels, actual.Pixels);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Evaluation_tensors_equal_those_of_torchvision(string file)
    {
        var transform = new ImageTransform(new ImageOptions { Size = 32, Resize = 40 }, InputNormalization.ImageNet);
        var cropped = new float[transform.Length];
        transform.Evaluate(Resize(Load(file, "decoded_rgb"), 40), cropped);
        AssertClose($"{Path.GetFileNameWithoutExtension(file)}/eval_crop", cropped);

        var uncropped = Resize(Load(file, "decoded_rgb"), 32);
        var whole = new float[uncropped.Pixels.Length];
        transform.Whole(uncropped, whole);
        AssertClose($"{Path.GetFileNameWithoutExtension(file)}/eval_nocrop", whole);
    }

    private static void AssertClose(string name, float[] actual)
    {
        using var scope = NewDisposeScope();
        var golden = File.Load(name).data<float>().ToArray();
        Assert.Equal(golden.Length, actual.Length);
        Assert.InRange(golden.Zip(actual, (g, a) => Math.Abs(g - a)).Max(), 0, 1e-6);
    }

    private static RgbImage Decode(string file) => ImageDecoder.Decode(Fixtures.Path("golden", "images", file));

    private static RgbImage Resize(RgbImage image, int side)
    {
        var (width, height) = ImageGeometry.ResizeShorterSide(image.Width, image.Height, side);
        return BilinearResize.Resize(image, width, height);
    }

    private static RgbImage Load(string file, string what)
    {
        using var scope = NewDisposeScope();
        var pixels = File.Load($"{Path.GetFileNameWithoutExtension(file)}/{what}");
        return new RgbImage((int)pixels.shape[1], (int)pixels.shape[0], pixels.data<byte>().ToArray());
    }

    private static IEnumerable<string> Names(string kind) => Items().Where(i => i.TryGetProperty(kind, out _)).Select(i => i.GetProperty(kind).GetString()!);

    private static IEnumerable<JsonElement> Items() =>
        JsonDocument.Parse(System.IO.File.ReadAllText(Fixtures.Path("golden", "images", "images.json"))).RootElement.GetProperty("items").EnumerateArray();
}
