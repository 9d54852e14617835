using Dml.Numerics.Annotations;
using Dml.Plugins;
using Dml.Tests.Support;

namespace Dml.Tests.Datasets;

/// <summary>Damaged annotation files: an error or an answer that keeps the dataset's promises, in little time and memory.</summary>
public sealed class MatFuzzTests(ITestOutputHelper output)
{
    private const int Mutants = 20_000;

    /// <summary>Tags of elements and marks of the format, which random bytes would seldom hit.</summary>
    private static readonly byte[][] Tokens =
    [
        [14, 0, 0, 0], [15, 0, 0, 0], [14, 0, 0, 0, 0, 0, 0, 0], [1, 0, 4, 0], [5, 0, 4, 0], [16, 0, 0, 0], [18, 0, 0, 0], [4, 0, 0, 0],
        [255, 255, 255, 255], [255, 255, 255, 127], [6, 0, 0, 0, 8, 0, 0, 0], [1, 0, 0, 0, 255, 255, 255, 127], [0x78, 0x9C], "MI"u8.ToArray(),
        "class\0"u8.ToArray(),
    ];

    [Fact]
    public void A_damaged_file_gives_an_error_or_a_sound_answer()
    {
        var (mat, big) = (new MatWriter(), new MatWriter(bigEndian: true));
        byte[][] plain = [mat.File(mat.TwoClasses()), mat.File(mat.TwoClasses(MatWriter.UInt16, MatWriter.Double)), big.File(big.TwoClasses())];
        byte[][] packed = [mat.File([.. mat.TwoClasses().Select(mat.Compress)]), .. new[] { "CARS_196", "CARS_196_matlab_utf16" }.Select(
            v => File.ReadAllBytes(GoldenDatasets.Root(v, "cars_annos.mat")))];
        byte[][] inner = [.. mat.TwoClasses(), .. mat.TwoClasses(MatWriter.Utf32, MatWriter.Int16)];
        var (whole, inflated) = (new Mutations([.. plain, .. packed], Tokens), new Mutations(inner, Tokens));
        Assert.All(plain.Concat(packed), sound => Read(sound));
        var outcome = Fuzz.Run(Make, Read, Math.Max(Mutants, Fuzz.Count));
        output.WriteLine($"{outcome}");
        Assert.True(outcome.Accepted > 1000, $"Expected some mutants to stay readable, found {outcome}.");
        Assert.True(outcome.Refused > 5000, $"Expected many mutants to be refused, found {outcome}.");

        // Every other mutant is damaged before it is compressed, so that it passes the checksum.
        byte[] Make(int index) =>
            index % 2 == 0 ? whole.Make(seed: 1, index / 2) : mat.File(mat.Compress(inflated.Make(seed: 2, index / 2)), mat.TwoClasses()[1]);
    }

    private static long Read(byte[] file)
    {
        var annotations = CarsAnnotations.Read(new MatFile("mutant.mat", file), CancellationToken.None);
        Assert.NotEmpty(annotations.Images);
        Assert.All(annotations.Names, name => Assert.False(string.IsNullOrWhiteSpace(name)));
        Assert.All(
            annotations.Images,
            image => Assert.True(ImageFiles.IsRelative(image.Image) && image.ClassIndex >= 0 && image.ClassIndex < annotations.Names.Count));
        return 0;
    }
}
