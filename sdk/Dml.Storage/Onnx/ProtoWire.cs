namespace Dml.Storage;

/// <summary>How the value of a field of protocol buffers stands in the bytes.</summary>
internal enum ProtoWire
{
    /// <summary>A whole number, seven bits a byte.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length and as many bytes: a text, a message, packed numbers.</summary>
    Bytes = 2,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}
