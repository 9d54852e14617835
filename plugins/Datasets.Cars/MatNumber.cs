using System.Buffers.Binary;

namespace Dml.Plugins;

/// <summary>Numbers of any stored type; MATLAB stores whole numbers in the shortest type that holds them.</summary>
internal static class MatNumber
{
    /// <summary>The number, or null where the bytes are not one of that type.</summary>
    /// <param name="type">How it is stored.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="bigEndian">Byte order.</param>
    public static double? Read(MatType type, ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        Span<byte> little = stackalloc byte[8];
        if (bytes.Length is 0 or > 8) return null;
        bytes.CopyTo(little);
        if (bigEndian) little[..bytes.Length].Reverse();
        return (type, bytes.Length) switch
        {
            (MatType.Int8, 1) => (sbyte)little[0],
            (MatType.UInt8, 1) => little[0],
            (MatType.Int16, 2) => BinaryPrimitives.ReadInt16LittleEndian(little),
            (MatType.UInt16, 2) => BinaryPrimitives.ReadUInt16LittleEndian(little),
            (MatType.Int32, 4) => BinaryPrimitives.ReadInt32LittleEndian(little),
            (MatType.UInt32, 4) => BinaryPrimitives.ReadUInt32LittleEndian(little),
            (MatType.Single, 4) => BinaryPrimitives.ReadSingleLittleEndian(little),
            (MatType.Double, 8) => BinaryPrimitives.ReadDoubleLittleEndian(little),
            (MatType.Int64, 8) => BinaryPrimitives.ReadInt64LittleEndian(little),
            (MatType.UInt64, 8) => BinaryPrimitives.ReadUInt64LittleEndian(little),
            _ => null,
        };
    }
}
