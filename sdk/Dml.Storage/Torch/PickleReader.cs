using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Dml.Storage.Torch;

/// <summary>
/// A restricted unpickler. It makes dictionaries, lists, tuples (object arrays), numbers (long, BigInteger, double, bool), texts, byte
/// arrays, null and the tensors of <see cref="PickleGlobals"/>. Every other object of Python becomes a <see cref="ForeignObject"/>, a name
/// alone: what would be called is not, what would be set on it is dropped, and so nothing of the file is ever run. It does not recurse, and
/// it pays for every value from a budget.
/// </summary>
/// <param name="cursor">The pickle.</param>
/// <param name="budget">Pays for what is made.</param>
internal sealed class PickleReader(PickleCursor cursor, ReadBudget budget)
{
    /// <summary>Whole numbers beyond 64 bits are kept up to this many bytes; random states hold such ones.</summary>
    private const int LongestNumber = 256;

    private const string Content = "the content of a pickle";
    private static readonly object Unset = new();
    private static readonly object?[] NoItems = [];

    private readonly PickleStack _stack = new(cursor);
    private readonly List<object?> _memo = [];
    private readonly List<TorchStorage> _storages = [];
    private readonly ForeignObjects _foreign = new(budget);

    /// <summary>Every storage that the pickle referred to, some of them more than once.</summary>
    public IReadOnlyList<TorchStorage> Storages => _storages;

    /// <summary>Names of the foreign objects that the pickle refers to.</summary>
    public IReadOnlyList<string> Foreign => _foreign.Names;

    /// <summary>Opcodes so far: a bound of what can sensibly be made of the pickle.</summary>
    public long Opcodes { get; private set; }

    /// <summary>The text that stands for a key: of a text itself, or of a number; null for anything else.</summary>
    internal static string? KeyText(object? key) => key switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "True" : "False",
        _ => null,
    };

    /// <summary>Reads one pickle up to its end.</summary>
    /// <exception cref="DmlException">The pickle is damaged, or holds an object that is refused.</exception>
    public object? Read()
    {
        while (true)
        {
            var position = cursor.Position;
            var opcode = (PickleOpcode)cursor.ReadByte();
            Opcodes++;
            if (opcode == PickleOpcode.Stop) return _stack.Pop();
            if (!Constant(opcode, position) && !Collection(opcode, position) && !Memo(opcode, position) && !Class(opcode, position))
            {
                Object(opcode, position);
            }
        }
    }

    private bool Constant(PickleOpcode opcode, long position)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                if (cursor.ReadByte() is var protocol and (< 2 or > 5)) throw Broken(position, "pickle protocol 2 to 5", $"{protocol}");
                return true;
            case PickleOpcode.Frame:
                cursor.ReadUInt64();
                return true;
            case PickleOpcode.None: return Push(null);
            case PickleOpcode.NewTrue: return Push(true);
            case PickleOpcode.NewFalse: return Push(false);
            case PickleOpcode.BinInt: return Push((long)(int)cursor.ReadUInt32());
            case PickleOpcode.BinInt1: return Push((long)cursor.ReadByte());
            case PickleOpcode.BinInt2: return Push((long)cursor.ReadUInt16());
            case PickleOpcode.Long1: return Push(Number(cursor.ReadByte(), position));
            case PickleOpcode.Long4: return Push(Number(cursor.ReadUInt32(), position));
            case PickleOpcode.BinFloat: return Push(cursor.ReadDouble());
            case PickleOpcode.BinString: return Push(Text(cursor.ReadUInt32()));
            case PickleOpcode.ShortBinString: return Push(Text(cursor.ReadByte()));
            case PickleOpcode.BinUnicode: return Push(Text(cursor.ReadUInt32()));
            case PickleOpcode.ShortBinUnicode: return Push(Text(cursor.ReadByte()));
            case PickleOpcode.BinUnicode8: return Push(Text(cursor.ReadUInt64()));
            case PickleOpcode.BinBytes: return Push(cursor.ReadBlock(cursor.ReadUInt32(), budget, "bytes"));
            case PickleOpcode.ShortBinBytes: return Push(cursor.ReadBlock(cursor.ReadByte(), budget, "bytes"));
            case PickleOpcode.BinBytes8: return Push(cursor.ReadBlock(cursor.ReadUInt64(), budget, "bytes"));
            case PickleOpcode.ByteArray8: return Push(cursor.ReadBlock(cursor.ReadUInt64(), budget, "bytes"));
            default: return false;
        }
    }

    private bool Collection(PickleOpcode opcode, long position)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                budget.Spend(16, Content);
                _stack.Mark();
                return true;
            case PickleOpcode.Pop:
                _stack.Pop();
                return true;
            case PickleOpcode.PopMark:
                _stack.PopMark();
                return true;
            case PickleOpcode.Duplicate: return Push(_stack.Peek());
            case PickleOpcode.EmptyList: return Push(new List<object?>());
            case PickleOpcode.EmptyTuple: return Push(NoItems);
            case PickleOpcode.EmptyDict: return Push(new PickleDictionary());
            case PickleOpcode.Tuple: return Push(_stack.PopMark());
            case PickleOpcode.Tuple1: return Push(_stack.Pop(1));
            case PickleOpcode.Tuple2: return Push(_stack.Pop(2));
            case PickleOpcode.Tuple3: return Push(_stack.Pop(3));
            case PickleOpcode.Append: return Append(_stack.Pop(1), position);
            case PickleOpcode.Appends: return Append(_stack.PopMark(), position);
            case PickleOpcode.SetItem: return SetItems(_stack.Pop(2), position);
            case PickleOpcode.SetItems: return SetItems(_stack.PopMark(), position);
            default: return false;
        }
    }

    private bool Memo(PickleOpcode opcode, long position)
    {
        switch (opcode)
        {
            case PickleOpcode.BinPut: return Put(cursor.ReadByte(), position);
            case PickleOpcode.LongBinPut: return Put(cursor.ReadUInt32(), position);
            case PickleOpcode.Memoize: return Put((uint)_memo.Count, position);
            case PickleOpcode.BinGet: return Get(cursor.ReadByte(), position);
            case PickleOpcode.LongBinGet: return Get(cursor.ReadUInt32(), position);
            default: return false;
        }
    }

    private void Object(PickleOpcode opcode, long position)
    {
        switch (opcode)
        {
            case PickleOpcode.Global:
                Push(Find(cursor.ReadLine(), cursor.ReadLine()));
                return;
            case PickleOpcode.StackGlobal:
                var names = _stack.Pop(2);
                if (names is not [string module, string name])
                {
                    throw Broken(position, "module and name as texts", PickleWords.Describe(names[0]) + " and " + PickleWords.Describe(names[1]));
                }

                Push(Find(module, name));
                return;
            case PickleOpcode.Reduce:
                Reduce(position);
                return;
            case PickleOpcode.Build:
                // What a state_dict carries beside its items: versions of modules, which no weight depends on. What a foreign object is given is dropped.
                _stack.Pop();
                if (_stack.Peek() is not (PickleDictionary or ForeignObject))
                {
                    throw Broken(position, "attributes of a dictionary alone", "attributes of " + PickleWords.Describe(_stack.Peek()));
                }

                return;
            case PickleOpcode.BinPersistentId:
                var reference = _stack.Pop();
                var storage = StorageReference.Read(reference) ?? throw Broken(
                    position, "a storage as (\"storage\", type, key, device, size)",
                    reference is object?[] items && Array.Find(items, i => i is ForeignObject) is ForeignObject type ? type.Words : "another reference");
                _storages.Add(storage);
                Push(storage);
                return;
            case PickleOpcode.Extension1 or PickleOpcode.Extension2 or PickleOpcode.Extension4:
                throw Unmakeable(opcode, position);
            default:
                throw Broken(position, "an opcode that torch.save writes", $"0x{(byte)opcode:X2}");
        }
    }

    /// <summary>Opcodes that make an object of a class: only foreign ones have any, and they stay the name that they are.</summary>
    private bool Class(PickleOpcode opcode, long position)
    {
        switch (opcode)
        {
            case PickleOpcode.Instance:
                _stack.PopMark();
                return Push(_foreign.Meet(cursor.ReadLine(), cursor.ReadLine()));
            case PickleOpcode.Object:
                return Push(_stack.PopMark() is [ForeignObject made, ..] ? made : throw Unmakeable(opcode, position));
            case PickleOpcode.NewObject:
                return Push(_stack.Pop(2)[0] as ForeignObject ?? throw Unmakeable(opcode, position));
            case PickleOpcode.NewObjectEx:
                return Push(_stack.Pop(3)[0] as ForeignObject ?? throw Unmakeable(opcode, position));
            case PickleOpcode.EmptySet:
                return Push(_foreign.Meet("builtins", "set"));
            case PickleOpcode.AddItems:
                _stack.PopMark();
                return _stack.Peek() is ForeignObject ? true : throw Broken(position, "a set to add to", PickleWords.Describe(_stack.Peek()));
            case PickleOpcode.FrozenSet:
                _stack.PopMark();
                return Push(_foreign.Meet("builtins", "frozenset"));
            default:
                return false;
        }
    }

    private DmlException Unmakeable(PickleOpcode opcode, long position) =>
        Broken(position, "no objects of classes", $"opcode {opcode}, which makes one (nothing was run)");

    private void Reduce(long position)
    {
        var call = _stack.Pop(2);
        if (call[0] is ForeignObject foreign)
        {
            Push(foreign);
            return;
        }

        if (call is not [PickleGlobal { Call: { } function } global, object?[] arguments])
        {
            throw Broken(position, "a function and its arguments", PickleWords.Describe(call[0]) + " and " + PickleWords.Describe(call[1]));
        }

        try
        {
            budget.Spend(512, Content);
            if (arguments is [List<object?> pairs]) budget.Spend(64 * (Int128)pairs.Count, Content);
            Push(function(arguments));
        }
        catch (PickleArgumentException error)
        {
            var found = Array.Find(arguments, a => a is ForeignObject) is ForeignObject stranger ? stranger.Words : "something else";
            throw Broken(position, $"for {global.Name} {error.Message}", found);
        }
    }

    private object Find(string module, string name) => PickleGlobals.Find(module, name) as object ?? _foreign.Meet(module, name);

    private bool Push(object? value)
    {
        budget.Spend(96, Content);
        _stack.Push(value);
        return true;
    }

    private bool Append(object?[] items, long position)
    {
        if (_stack.Peek() is ForeignObject) return true;
        if (_stack.Peek() is not List<object?> list) throw Broken(position, "a list to append to", PickleWords.Describe(_stack.Peek()));
        budget.Spend(24 * items.Length, Content);
        list.AddRange(items);
        return true;
    }

    private bool SetItems(object?[] items, long position)
    {
        if (_stack.Peek() is ForeignObject) return true;
        if (_stack.Peek() is not PickleDictionary dictionary) throw Broken(position, "a dictionary to set items of", PickleWords.Describe(_stack.Peek()));
        if (items.Length % 2 != 0) throw Broken(position, "keys with values", $"{items.Length} items");
        budget.Spend(96 * (Int128)items.Length, Content);
        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is ForeignObject) continue;
            dictionary.Set(KeyText(items[i]) ?? throw Broken(position, "texts or numbers as keys", PickleWords.Describe(items[i])), items[i + 1]);
        }

        return true;
    }

    private bool Put(uint index, long position)
    {
        // Picklers count up from 0 or 1, some with gaps: an index far beyond is damage, and a dense list cannot be made to collide.
        if (index > (2L * _memo.Count) + 256) throw Broken(position, $"a memo index near {_memo.Count}", $"{index}");
        budget.Spend(32 * (Int128)Math.Max(1, index - _memo.Count + 1), Content);
        while (_memo.Count <= index) _memo.Add(Unset);
        _memo[(int)index] = _stack.Peek();
        return true;
    }

    private bool Get(uint index, long position)
    {
        if (index >= _memo.Count || ReferenceEquals(_memo[(int)index], Unset)) throw Broken(position, "a memo index that was set before", $"{index}");
        return Push(_memo[(int)index]);
    }

    private object Number(uint length, long position)
    {
        if (length > LongestNumber) throw Broken(position, $"a whole number of at most {LongestNumber} bytes", $"{length}");
        var bytes = cursor.ReadBlock(length, budget, "a whole number");
        if (length > 8) return new BigInteger(bytes);
        Span<byte> wide = stackalloc byte[8];
        wide.Fill(length > 0 && bytes[^1] > 127 ? byte.MaxValue : byte.MinValue);
        bytes.CopyTo(wide);
        return BinaryPrimitives.ReadInt64LittleEndian(wide);
    }

    private string Text(ulong length)
    {
        var bytes = cursor.ReadBlock(length, budget, "a text");
        budget.Spend(2 * (Int128)bytes.Length, "a text");
        return Encoding.UTF8.GetString(bytes);
    }

    private DmlException Broken(long position, string expected, string found) =>
        new($"{cursor.At(position)}: expected {expected}, found {found}; the file is damaged or was not written by torch.save, get it again.");
}
