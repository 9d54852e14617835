using System.Text;

namespace Dml.Tests.Datasets;

/// <summary>What the reader of cars_annos.mat takes, whatever wrote the file, and how it tells what it cannot take.</summary>
public sealed class MatFileTests
{
    private static readonly MatWriter Mat = new();

    public static MatrixTheoryData<bool, bool, int, int> Encodings => new(
        [false, true], [false, true],
        [MatWriter.Utf8, MatWriter.Utf16, MatWriter.UInt16, MatWriter.Utf32, MatWriter.UInt8, MatWriter.Int8],
        [MatWriter.Int8, MatWriter.UInt8, MatWriter.Int16, MatWriter.UInt16, MatWriter.Int32, MatWriter.UInt32, MatWriter.Int64, MatWriter.UInt64,
            MatWriter.Single, MatWriter.Double]);

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Any_byte_order_text_and_number_is_read(bool bigEndian, bool compressed, int textType, int numberType)
    {
        var mat = new MatWriter(bigEndian);
        var variables = mat.TwoClasses(textType, numberType);
        using var tree = new CarsTree(mat.File(compressed ? [.. variables.Select(mat.Compress)] : variables));
        var data = tree.Open();
        Assert.Equal(["Audi", "Fiat 500"], data.ClassNames);
        Assert.Equal(CarsTree.Paths, data.Training.Concat(data.Query).Select(s => s.Id));
        Assert.Equal([0, 0, 1, 1], data.Training.Concat(data.Query).Select(s => s.ClassIndex));
    }

    [Theory]
    [InlineData(MatWriter.Utf8)]
    [InlineData(MatWriter.UInt16)]
    [InlineData(MatWriter.Utf32)]
    public void Names_beyond_ASCII_are_read(int textType)
    {
        var variables = Mat.TwoClasses();
        using var tree = new CarsTree(Mat.File(variables[0], Mat.Cell("class_names", Mat.Text("Citroën", textType), Mat.Text("🚗 車", textType))));
        Assert.Equal(["Citroën", "🚗 車"], tree.Open().ClassNames);
    }

    [Fact]
    public void Variables_come_in_any_order_and_others_are_passed_over()
    {
        var variables = Mat.TwoClasses();
        byte[] objects = Mat.Element(
            MatWriter.Matrix,
            [.. Mat.Element(MatWriter.UInt32, [17, 0, 0, 0, 0, 0, 0, 0]), .. Mat.Element(MatWriter.Int8, "table"u8.ToArray()), .. new byte[16]]);
        byte[] nested = Mat.Cell("deep", Mat.Cell("", Mat.Cell("", Mat.Struct("", ["x"], Mat.Number(1)))));
        using var tree = new CarsTree(Mat.File(
            variables[1], objects, Mat.Compress(nested), nested, Mat.Element(MatWriter.Matrix, []), Mat.Compress(variables[0]),
            Mat.Array(MatWriter.DoubleClass, [0, 0], "", Mat.Element(MatWriter.Double, []))));
        Assert.Equal(["Audi", "Fiat 500"], tree.Open().ClassNames);
    }

    [Fact]
    public void Classes_without_names_are_named_by_their_numbers()
    {
        using var tree = new CarsTree(Mat.File(Mat.TwoClasses()[0]));
        Assert.Equal(["class 1", "class 2"], tree.Open().ClassNames);
    }

    [Fact]
    public void The_truncated_file_is_refused_at_its_byte()
    {
        var bytes = File.ReadAllBytes(GoldenDatasets.Root("broken", "truncated.mat"));
        using var tree = new CarsTree(bytes);
        Assert.Equal(
            $"FILE: expected a data element within the {bytes.Length - 136} bytes that are left at byte 136, "
                + $"found one of {BitConverter.ToUInt32(bytes, 132)} bytes; fetch the file again.",
            tree.Error());
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        foreach (var variables in new[] { Mat.TwoClasses(), [.. Mat.TwoClasses().Select(Mat.Compress)] })
        {
            // Without its last variable a file is sound: names are not needed.
            var (bytes, sound) = (Mat.File(variables), 128 + variables[0].Length);
            using var tree = new CarsTree(bytes);
            for (var length = 0; length < bytes.Length; length++)
            {
                if (length == sound) continue;
                tree.Write(bytes[..length]);
                Assert.StartsWith("FILE: expected ", tree.Error(), StringComparison.Ordinal);
            }
        }
    }

    public static TheoryData<string, byte[], string> OtherFiles => new()
    {
        { "empty", [], "the 128 bytes of a MAT header, found a file of 0 bytes" },
        { "text", Encoding.ASCII.GetBytes(new string('x', 200)), "the mark IM or MI of a MAT file of version 5 at byte 126, found 0x78 0x78" },
        { "7.3", [.. new byte[124], 0, 2, .. "IM"u8], "a MAT file of version 5, found one of version 7.3" },
        { "9", [.. new byte[124], 9, 0, .. "MI"u8], "version 1 of the MAT header at byte 124, found version 9" },
    };

    [Theory]
    [MemberData(nameof(OtherFiles))]
    public void A_file_of_another_kind_is_told_so(string kind, byte[] bytes, string sentence)
    {
        using var tree = new CarsTree(bytes);
        Assert.True($"FILE: expected {sentence}; fetch the file again, or save it in MATLAB with -v7." == tree.Error(), $"{kind}: {tree.Error()}");
    }

    [Fact]
    public void A_file_without_annotations_is_told_what_it_has()
    {
        using var tree = new CarsTree(Mat.File(Mat.TwoClasses()[1], Mat.Cell("other", Mat.Text("x"))));
        Assert.Equal(
            "FILE: expected a variable annotations, found \"other\"; use cars_annos.mat, which covers the training and the test images together.",
            tree.Error());
    }

    public static TheoryData<string, string> Values => new()
    {
        { "class 0", "class of annotation 2 as a whole number from 1 at byte {class}, found 0" },
        { "class 1.5", "class of annotation 2 as a whole number from 1 at byte {class}, found 1.5" },
        { "class NaN", "class of annotation 2 as a whole number from 1 at byte {class}, found NaN" },
        { "class 3", "class of annotation 2 from 1 to 2, the number of class_names, at byte {class}, found 3" },
        { "class text", "class of annotation 2 as one number at byte {class}, found 1 values of class 4" },
        { "class pair", "class of annotation 2 as one number at byte {class}, found 2 values of class 6" },
        { "class complex", "class of annotation 2 as one number at byte {class}, found 1 values of class 6" },
        { "class empty", "class of annotation 2 as one number at byte {class}, found 0 values of class 0" },
        { "path number", "relative_im_path of annotation 2 as a line of text at byte {path}, found 1 rows of class 6" },
        { "path rows", "relative_im_path of annotation 2 as a line of text at byte {path}, found 2 rows of class 4" },
        { "path up", "relative_im_path of annotation 2 as a path relative to the root with forward slashes at byte {path}, found \"../x.jpg\"" },
        { "path twice", "every image once at byte {path}, found car_ims/000001.jpg again in annotation 2" },
        { "path long", "relative_im_path of annotation 2 of at most 4096 characters at byte {path}, found 5000" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_wrong_value_is_told_with_its_annotation_and_byte(string what, string sentence)
    {
        var path = what switch
        {
            "path number" => Mat.Number(1),
            "path rows" => Mat.Array(MatWriter.CharClass, [2, 1], "", Mat.Element(MatWriter.Utf8, "ab"u8.ToArray())),
            "path up" => Mat.Text("../x.jpg"),
            "path twice" => Mat.Text(CarsTree.Paths[0]),
            "path long" => Mat.Text(new string('x', 5000)),
            _ => Mat.Text(CarsTree.Paths[1]),
        };
        var label = what switch
        {
            "class 0" => Mat.Number(0),
            "class 1.5" => Mat.Number(1.5, MatWriter.Double),
            "class NaN" => Mat.Number(double.NaN, MatWriter.Double),
            "class 3" => Mat.Number(3),
            "class text" => Mat.Text("1"),
            "class pair" => Mat.Array(MatWriter.DoubleClass, [1, 2], "", Mat.Element(MatWriter.UInt8, [1, 2])),
            "class complex" => Mat.Array(MatWriter.DoubleClass | 0x800, [1, 1], "", Mat.Element(MatWriter.UInt8, [1]), Mat.Element(MatWriter.UInt8, [1])),
            "class empty" => Mat.Element(MatWriter.Matrix, []),
            _ => Mat.Number(2),
        };
        byte[][] first = [Mat.Text(CarsTree.Paths[0]), Mat.Number(1)];
        var annotations = Mat.Struct("annotations", ["relative_im_path", "class"], [.. first, path, label]);
        using var tree = new CarsTree(Mat.File(annotations, Mat.TwoClasses()[1]));
        var labelAt = 128 + annotations.Length - label.Length;
        var expected = sentence.Replace("{class}", $"{labelAt}", StringComparison.Ordinal)
            .Replace("{path}", $"{labelAt - path.Length}", StringComparison.Ordinal);
        Assert.Equal($"FILE: expected {expected}; fetch the file again.", tree.Error());
    }

    [Fact]
    public void In_a_compressed_variable_the_byte_is_that_of_the_inflated_data()
    {
        var annotations = Mat.Struct("annotations", ["relative_im_path", "class"], Mat.Text(CarsTree.Paths[0]), Mat.Number(0));
        var names = Mat.Compress(Mat.TwoClasses()[1]);
        using var tree = new CarsTree(Mat.File(names, Mat.Compress(annotations)));
        var at = annotations.Length - Mat.Number(0).Length;
        Assert.Equal(
            $"FILE: expected class of annotation 1 as a whole number from 1 at byte {at} of the inflated variable that byte {128 + names.Length} begins, "
                + "found 0; fetch the file again.",
            tree.Error());
    }

    [Fact]
    public void A_wrong_checksum_of_a_compressed_variable_is_refused()
    {
        var bytes = Mat.File(Mat.Compress(Mat.TwoClasses()[0]));
        bytes[^1] ^= 1;
        using var tree = new CarsTree(bytes);
        Assert.Contains(": expected data that can be inflated at byte ", tree.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_inflates_to_far_more_than_the_file_is_refused_early_and_in_little_memory()
    {
        // 32 MB of zeros as a first field that nobody reads, in a file of a few KB.
        var field = Mat.Array(MatWriter.DoubleClass, [1, 4 << 20], "", Mat.Element(MatWriter.Double, new byte[32 << 20]));
        var file = Mat.File(Mat.Compress(Mat.Struct("annotations", ["bbox", "relative_im_path", "class"], field, Mat.Text(CarsTree.Paths[0]), Mat.Number(1))));
        Assert.InRange(file.Length, 0, 1 << 20);
        using var tree = new CarsTree(file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(": expected a data element within the ", tree.Error(), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Theory]
    [InlineData("relative_im_path", "fname")]
    [InlineData("class", "klass")]
    public void A_structure_without_a_needed_field_is_told_its_fields(string needed, string other)
    {
        string[] fields = [.. new[] { "relative_im_path", "class" }.Select(f => f == needed ? other : f)];
        using var tree = new CarsTree(Mat.File(Mat.Struct("annotations", fields, Mat.Text("a.jpg"), Mat.Number(1))));
        Assert.Equal(
            $"FILE: expected one field {needed} of annotations at byte 128, found the fields {string.Join(", ", fields)}; fetch the file again.", tree.Error());
    }
}
