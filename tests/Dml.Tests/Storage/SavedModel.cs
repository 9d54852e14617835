using System.Text.Json;
using Dml.Storage;
using Dml.Tests.Support;
using static TorchSharp.torch;

namespace Dml.Tests.Storage;

/// <summary>The model that the files of tests/fixtures/weights hold, with the values that must be read from them.</summary>
internal static class SavedModel
{
    public static string File(string name) => Fixtures.Path("weights", name);

    /// <summary>Asserts that a file holds exactly the model's tensors.</summary>
    public static void Check(WeightsFile file)
    {
        using var expected = JsonDocument.Parse(System.IO.File.ReadAllText(File("expected.json")));
        Assert.Equal(expected.RootElement.EnumerateObject().Select(t => t.Name), file.Tensors.Keys);
        foreach (var (name, form) in expected.RootElement.EnumerateObject().Select(t => (t.Name, t.Value)))
        {
            using var scope = NewDisposeScope();
            var shape = form.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()).ToArray();
            var tensor = file.Load(name);
            Assert.Equal(DtypeName(tensor.dtype), form.GetProperty("dtype").GetString());
            Assert.Equal(shape, tensor.shape);
            Assert.Equal(new TensorForm(tensor.dtype, tensor.shape).ToString(), file.Tensors[name].ToString());
            var values = form.GetProperty("values")
                .EnumerateArray().Select(v => v.ValueKind is JsonValueKind.True or JsonValueKind.False ? (v.GetBoolean() ? 1 : 0) : v.GetDouble());
            Assert.Equal(values, tensor.numel() == 0 ? [] : tensor.to(float64).data<double>().ToArray());
        }
    }

    /// <summary>The model's storages and tensors, for <see cref="TorchWriter"/>.</summary>
    public static (SavedStorage[] Storages, SavedTensor[] Tensors) Parts() => (
        [
            new("FloatStorage", 4, Floats(12)), new("DoubleStorage", 8, new byte[16]), new("HalfStorage", 2, new byte[6]),
            new("BFloat16Storage", 2, new byte[4]),
            new("LongStorage", 8, new byte[8]), new("IntStorage", 4, new byte[8]), new("ShortStorage", 2, new byte[2]), new("CharStorage", 1, new byte[2]),
            new("ByteStorage", 1, new byte[1]), new("BoolStorage", 1, new byte[3]), new("FloatStorage", 4, new byte[4]), new("FloatStorage", 4, []),
        ],
        [
            new("weight", 0, 0, [2, 3], [3, 1]), new("view", 0, 6, [3, 2], [1, 3]), new("row", 0, 4, [4], [2]), new("double", 1, 0, [2], [1]),
            new("half", 2, 0, [3], [1]),
            new("brain", 3, 0, [1, 2], [2, 1]), new("long", 4, 0, [], []), new("int", 5, 0, [2], [1]), new("short", 6, 0, [1], [1]),
            new("char", 7, 0, [2], [1]),
            new("byte", 8, 0, [1], [1]), new("flags", 9, 0, [3], [1]), new("spread", 10, 0, [2, 2], [0, 0]), new("empty", 11, 0, [0, 3], [3, 1]),
        ]);

    private static byte[] Floats(int count) => [.. Enumerable.Range(0, count).SelectMany(i => BitConverter.GetBytes((float)i))];

    private static string DtypeName(ScalarType dtype) => dtype switch { ScalarType.Byte => "uint8", _ => dtype.ToString().ToLowerInvariant() };
}
