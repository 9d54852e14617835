using static TorchSharp.torch;

namespace Dml.Storage.Torch;

/// <summary>A dictionary of a pickle, in its order. Keys that are numbers are kept as their text.</summary>
internal sealed class PickleDictionary
{
    private static readonly OrderedDictionary<string, object?> Nothing = [];

    private OrderedDictionary<string, object?>? _items;

    /// <summary>The items.</summary>
    public OrderedDictionary<string, object?> Items => _items ?? Nothing;

    /// <summary>Sets an item; the last one wins, at the place of the first.</summary>
    public void Set(string key, object? value) => (_items ??= new(StringComparer.Ordinal))[key] = value;
}

/// <summary>A storage that a pickle refers to: a flat array of one dtype outside the pickle.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Dtype">Its dtype; null for bare bytes.</param>
/// <param name="Offset">Elements to skip, of a view of an old file.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(string Key, ScalarType? Dtype, long Offset, long Count)
{
    /// <summary>Elements of the whole storage, of which an old file's view is a part.</summary>
    public long WholeCount { get; init; } = Count;

    /// <summary>Bytes of an element.</summary>
    public int ElementSize => Dtype is { } dtype ? TensorForm.SizeOf(dtype) : 1;
}

/// <summary>A tensor as a view of a storage; checked to lie inside it.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">First element.</param>
/// <param name="Form">Its dtype and sizes.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Strides">Its strides, in elements.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, TensorForm Form, long[] Shape, long[] Strides)
{
    /// <summary>Number of elements.</summary>
    public long Count => TensorForm.Count(Shape);

    /// <summary>Elements of the storage from the first to the last one that the view touches; 0 for an empty tensor.</summary>
    public long Span
    {
        get
        {
            if (Count == 0) return 0;
            var last = (Int128)0;
            for (var d = 0; d < Shape.Length; d++) last += (Int128)(Shape[d] - 1) * Strides[d];
            return last >= long.MaxValue ? long.MaxValue : (long)last + 1;
        }
    }
}
