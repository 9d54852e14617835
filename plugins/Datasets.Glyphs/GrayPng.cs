using System.Buffers.Binary;

namespace Dml.Plugins;

/// <summary>
/// Writes a PNG of 8-bit gray. The pixels are stored, not compressed: noise hardly compresses, a file of this size takes one disk
/// block either way, and the bytes do not depend on a compressor's version.
/// </summary>
internal static class GrayPng
{
    private const int LargestBlock = 65535;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    /// <summary>The file's bytes.</summary>
    /// <param name="pixels">Row by row, as many as a square of the width has.</param>
    /// <param name="size">Width and height.</param>
    public static byte[] Encode(byte[] pixels, int size)
    {
        var rows = new byte[size * (size + 1)];
        // Each row starts with its filter, 0 for none.
        for (var y = 0; y < size; y++) pixels.AsSpan(y * size, size).CopyTo(rows.AsSpan(y * (size + 1) + 1));
        var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(file, "IHDR"u8, [.. BigEndian((uint)size), .. BigEndian((uint)size), 8, 0, 0, 0, 0]);
        Chunk(file, "IDAT"u8, Stored(rows));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        file.Write(BigEndian((uint)data.Length));
        file.Write(type);
        file.Write(data);
        var crc = uint.MaxValue;
        foreach (var b in type) crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        foreach (var b in data) crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        file.Write(BigEndian(~crc));
    }

    /// <summary>A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).</summary>
    private static byte[] Stored(byte[] data)
    {
        var stream = new MemoryStream();
        stream.Write([0x78, 0x01]);
        Span<byte> head = stackalloc byte[5];
        for (var start = 0; start < data.Length; start += LargestBlock)
        {
            var length = Math.Min(LargestBlock, data.Length - start);
            head[0] = start + length == data.Length ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt16LittleEndian(head[1..], (ushort)length);
            BinaryPrimitives.WriteUInt16LittleEndian(head[3..], (ushort)~length);
            stream.Write(head);
            stream.Write(data, start, length);
        }

        uint a = 1, b = 0;
        foreach (var value in data)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }

        stream.Write(BigEndian((b << 16) | a));
        return stream.ToArray();
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint CrcOf(int index)
    {
        var crc = (uint)index;
        for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
        return crc;
    }
}
