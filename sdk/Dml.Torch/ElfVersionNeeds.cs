using System.Buffers.Binary;
using System.Text;

namespace Dml.Torch;

/// <summary>Reads and relaxes the symbol versions that an ELF file asks of other libraries (section SHT_GNU_verneed).</summary>
public static class ElfVersionNeeds
{
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>
    /// Marks one needed version as weak (VER_FLG_WEAK), so that the dynamic loader accepts a library without it. Right only where
    /// no relocation refers to a symbol of that version.
    /// </summary>
    /// <param name="elf">The bytes of a 64-bit little-endian ELF file; changed in place (one bit a hit).</param>
    /// <param name="version">For example <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>True if the version was found.</returns>
    public static bool MarkWeak(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8)) return false;
        var sections = (int)Read64(elf, 0x28);
        var sectionSize = Read16(elf, 0x3A);
        var hit = false;
        for (var i = 0; i < Read16(elf, 0x3C); i++)
        {
            var section = elf[(sections + (i * sectionSize))..];
            if (Read32(section, 4) != VersionNeedSection) continue;
            var strings = (int)Read64(elf, sections + ((int)Read32(section, 40) * sectionSize) + 24);
            hit |= MarkInSection(elf, (int)Read64(section, 24), strings, Encoding.ASCII.GetBytes(version));
        }

        return hit;
    }

    private static bool MarkInSection(Span<byte> elf, int need, int strings, ReadOnlySpan<byte> version)
    {
        var hit = false;
        while (true)
        {
            var entry = need + (int)Read32(elf, need + 8);
            for (var k = 0; k < Read16(elf, need + 2); k++)
            {
                var name = elf[(strings + (int)Read32(elf, entry + 8))..];
                if (name.StartsWith(version) && name[version.Length] == 0)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(entry + 4)..], (ushort)(Read16(elf, entry + 4) | WeakFlag));
                    hit = true;
                }

                entry += (int)Read32(elf, entry + 12);
            }

            var next = (int)Read32(elf, need + 12);
            if (next == 0) return hit;
            need += next;
        }
    }

    private static ushort Read16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Read32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong Read64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
