namespace Dml.Storage.Torch;

/// <summary>The stack of an unpickler with its marks; nothing below the last mark can be taken off.</summary>
/// <param name="cursor">Says where something is missing.</param>
internal sealed class PickleStack(PickleCursor cursor)
{
    private readonly List<object?> _values = [];
    private readonly List<int> _marks = [];

    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    public void Push(object? value) => _values.Add(value);

    public void Mark() => _marks.Add(_values.Count);

    public object? Peek() => _values.Count > Floor ? _values[^1] : throw Empty();

    public object? Pop()
    {
        var value = Peek();
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    /// <summary>Takes off the topmost values; the last of them was on top.</summary>
    public object?[] Pop(int count)
    {
        if (_values.Count - Floor < count) throw Empty();
        return Take(count);
    }

    /// <summary>Takes off everything above the last mark, and the mark.</summary>
    public object?[] PopMark()
    {
        if (_marks.Count == 0) throw Empty();
        var values = Take(_values.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private object?[] Take(int count)
    {
        var values = new object?[count];
        _values.CopyTo(_values.Count - count, values, 0, count);
        _values.RemoveRange(_values.Count - count, count);
        return values;
    }

    private DmlException Empty() =>
        new($"{cursor.At(cursor.Position)}: expected a value on the pickle's stack, found none; "
            + "the file is damaged or was not written by torch.save, get it again.");
}
