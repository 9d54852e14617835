namespace Dml.Storage.Torch;

/// <summary>Opcodes of pickle protocols 2 to 5 that torch.save writes, and those by which a pickle refers to Python's own objects.</summary>
internal enum PickleOpcode : byte
{
    Proto = 0x80,
    Frame = 0x95,
    Stop = (byte)'.',
    Mark = (byte)'(',
    Pop = (byte)'0',
    PopMark = (byte)'1',
    Duplicate = (byte)'2',

    None = (byte)'N',
    NewTrue = 0x88,
    NewFalse = 0x89,
    BinInt = (byte)'J',
    BinInt1 = (byte)'K',
    BinInt2 = (byte)'M',
    Long1 = 0x8A,
    Long4 = 0x8B,
    BinFloat = (byte)'G',
    BinString = (byte)'T',
    ShortBinString = (byte)'U',
    BinUnicode = (byte)'X',
    ShortBinUnicode = 0x8C,
    BinUnicode8 = 0x8D,
    BinBytes = (byte)'B',
    ShortBinBytes = (byte)'C',
    BinBytes8 = 0x8E,
    ByteArray8 = 0x96,

    EmptyList = (byte)']',
    Append = (byte)'a',
    Appends = (byte)'e',
    EmptyTuple = (byte)')',
    Tuple = (byte)'t',
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    EmptyDict = (byte)'}',
    SetItem = (byte)'s',
    SetItems = (byte)'u',

    BinPut = (byte)'q',
    LongBinPut = (byte)'r',
    Memoize = 0x94,
    BinGet = (byte)'h',
    LongBinGet = (byte)'j',

    BinPersistentId = (byte)'Q',
    Global = (byte)'c',
    StackGlobal = 0x93,
    Reduce = (byte)'R',
    Build = (byte)'b',

    EmptySet = 0x8F,
    AddItems = 0x90,
    FrozenSet = 0x91,

    Instance = (byte)'i',
    Object = (byte)'o',
    NewObject = 0x81,
    NewObjectEx = 0x92,

    // Only ever refused.
    Extension1 = 0x82,
    Extension2 = 0x83,
    Extension4 = 0x84,
}
