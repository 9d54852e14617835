using static TorchSharp.torch;

namespace Dml.Storage.Torch;

/// <summary>A name that a pickle may refer to, and what calling it makes. Nothing outside this assembly can be one.</summary>
/// <param name="Name">Module and name in Python.</param>
/// <param name="Call">Makes the value from its arguments, or null where it is no function; throws <see cref="PickleArgumentException"/>.</param>
/// <param name="Dtype">The dtype that a storage class or a dtype object stands for.</param>
/// <param name="IsStorage">Whether it is a storage class.</param>
internal sealed record PickleGlobal(string Name, Func<object?[], object?>? Call = null, ScalarType? Dtype = null, bool IsStorage = false)
{
    /// <summary>Bytes of a number where the dtype stands for unsigned ones that are widened to it; else 0.</summary>
    public int UnsignedSize { get; init; }
}

/// <summary>Arguments of an allowed function are not as torch.save writes them.</summary>
/// <param name="expected">What was expected.</param>
internal sealed class PickleArgumentException(string expected) : Exception(expected);

/// <summary>The allow-list. Everything else becomes a <see cref="ForeignObject"/> when it is met, and nothing is made of it.</summary>
internal static class PickleGlobals
{
    private static readonly (string Name, ScalarType? Dtype)[] Storages =
    [
        ("DoubleStorage", ScalarType.Float64), ("FloatStorage", ScalarType.Float32), ("HalfStorage", ScalarType.Float16),
        ("BFloat16Storage", ScalarType.BFloat16),
        ("LongStorage", ScalarType.Int64), ("IntStorage", ScalarType.Int32), ("ShortStorage", ScalarType.Int16), ("CharStorage", ScalarType.Int8),
        ("ByteStorage", ScalarType.Byte), ("BoolStorage", ScalarType.Bool),
        ("ComplexFloatStorage", ScalarType.ComplexFloat32), ("ComplexDoubleStorage", ScalarType.ComplexFloat64), ("UntypedStorage", null),
    ];

    private static readonly (string Name, ScalarType Dtype)[] Dtypes =
    [
        ("float64", ScalarType.Float64), ("float32", ScalarType.Float32), ("float16", ScalarType.Float16), ("bfloat16", ScalarType.BFloat16),
        ("int64", ScalarType.Int64), ("int32", ScalarType.Int32), ("int16", ScalarType.Int16), ("int8", ScalarType.Int8), ("uint8", ScalarType.Byte),
        ("bool", ScalarType.Bool),
        ("complex64", ScalarType.ComplexFloat32), ("complex128", ScalarType.ComplexFloat64),
    ];

    private static readonly (string Name, int Size)[] Unsigned = [("uint16", sizeof(ushort)), ("uint32", sizeof(uint)), ("uint64", sizeof(ulong))];

    private static readonly Dictionary<string, PickleGlobal> Allowed = new PickleGlobal[]
    {
        new("collections.OrderedDict", MakeDictionary),
        new("collections.defaultdict", arguments => arguments.Length <= 1 ? new PickleDictionary() : throw new PickleArgumentException("a factory alone")),
        new("_codecs.encode", arguments => arguments is [string text, "latin1" or "latin-1"]
            ? System.Text.Encoding.Latin1.GetBytes(text) : throw new PickleArgumentException("a text and latin1")),
        new("torch.Size", arguments => arguments is [object?[] sizes] ? sizes : throw new PickleArgumentException("a tuple of sizes")),
        new("torch._utils._rebuild_tensor",
            arguments => arguments.Length == 4 ? MakeTensor(arguments, null) : throw new PickleArgumentException("storage, offset, sizes and strides")),
        new("torch._utils._rebuild_tensor_v2", arguments => arguments.Length is 6 or 7
            ? MakeTensor(arguments, null)
            : throw new PickleArgumentException("storage, offset, sizes, strides and two or three more")),
        new("torch._utils._rebuild_tensor_v3",
            arguments => arguments switch
            {
                { Length: > 8 } => throw new PickleArgumentException("eight of them at most"),
                [_, _, _, _, _, _, PickleGlobal { Dtype: not null, IsStorage: false } dtype, ..] => MakeTensor(arguments, dtype),

                // A tensor of a dtype that is not known: nothing of it can be read, and nobody has to want it.
                [TorchStorage, long, _, _, _, _, ForeignObject dtype, ..] => dtype,
                _ => throw new PickleArgumentException("storage, offset, sizes, strides, two more and a dtype"),
            }),
        new("torch._utils._rebuild_parameter",
            arguments => arguments is [TorchTensor tensor, _, _] ? tensor : throw new PickleArgumentException("a tensor and two more")),
        new("torch._utils._rebuild_parameter_with_state",
            arguments => arguments is [TorchTensor tensor, _, _, _] ? tensor : throw new PickleArgumentException("a tensor and three more")),
    }
    .Concat(Storages.SelectMany(
        s => new[] { "torch.", "torch.cuda.", "torch.storage." }.Select(module => new PickleGlobal(module + s.Name, Dtype: s.Dtype, IsStorage: true))))
    .Concat(Dtypes.Select(d => new PickleGlobal("torch." + d.Name, Dtype: d.Dtype)))
    .Concat(Unsigned.Select(u => new PickleGlobal("torch." + u.Name, Dtype: UnsignedNumbers.WiderThan(u.Size)) { UnsignedSize = u.Size }))
    .ToDictionary(g => g.Name, StringComparer.Ordinal);

    /// <summary>The allowed global of a name, or null.</summary>
    public static PickleGlobal? Find(string module, string name) => Allowed.GetValueOrDefault(module + "." + name);

    /// <summary>Python 3 makes it empty and sets items later; Python 2 gives a list of pairs.</summary>
    private static PickleDictionary MakeDictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments.Length == 0) return dictionary;
        if (arguments is not [List<object?> pairs]) throw new PickleArgumentException("nothing, or a list of pairs");
        foreach (var pair in pairs)
        {
            var (key, value) = pair switch
            {
                List<object?> { Count: 2 } list => (list[0], list[1]),
                object?[] { Length: 2 } tuple => (tuple[0], tuple[1]),
                _ => throw new PickleArgumentException("nothing, or a list of pairs"),
            };
            dictionary.Set(PickleReader.KeyText(key) ?? throw new PickleArgumentException("texts or numbers as keys"), value);
        }

        return dictionary;
    }

    private static TorchTensor MakeTensor(object?[] arguments, PickleGlobal? dtype)
    {
        if (arguments[0] is not TorchStorage storage || arguments[1] is not long offset
            || Numbers(arguments[2]) is not { } shape || Numbers(arguments[3]) is not { } strides)
        {
            throw new PickleArgumentException("a storage, a whole number and two tuples of whole numbers");
        }

        if ((dtype?.Dtype ?? storage.Dtype) is not { } type) throw new PickleArgumentException("a storage with a number type");
        var tensor = new TorchTensor(storage, offset, new(type, shape) { UnsignedSize = dtype?.UnsignedSize ?? 0 }, shape, strides);
        if (shape.Length != strides.Length || tensor.Count < 0 || offset < 0 || Array.Exists(strides, s => s < 0))
        {
            throw new PickleArgumentException("sizes and strides that fit each other");
        }

        var (first, size) = ((Int128)offset, tensor.Form.StoredSize);
        if ((first + tensor.Span) * size > (Int128)storage.Count * storage.ElementSize)
        {
            throw new PickleArgumentException($"a tensor inside its storage of {storage.Count} elements instead of one up to element {first + tensor.Span}");
        }

        return tensor;
    }

    private static long[]? Numbers(object? value)
    {
        if (value is not object?[] items || items.Length > TensorForm.MostDimensions) return null;
        return Array.TrueForAll(items, item => item is long) ? Array.ConvertAll(items, item => (long)item!) : null;
    }
}
