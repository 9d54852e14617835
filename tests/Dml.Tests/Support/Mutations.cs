using System.Buffers.Binary;

namespace Dml.Tests.Support;

/// <summary>
/// Damages sound files: bit flips, bytes, truncation, splices, repeats, length fields, inserted tokens. The same seed gives the same
/// mutants, so a failure is found again from its number alone.
/// </summary>
/// <param name="sound">Small files that the reader under test accepts.</param>
/// <param name="tokens">Byte sequences that mean something in the format (opcodes, signatures, keys), inserted and written over.</param>
internal sealed class Mutations(IReadOnlyList<byte[]> sound, IReadOnlyList<byte[]>? tokens = null)
{
    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x4000000000000000,
        0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ulong.MaxValue,
    ];

    private readonly IReadOnlyList<byte[]> _tokens = tokens ?? [];

    /// <summary>Mutant number <paramref name="index"/> of a seed: a sound file with one to four damages.</summary>
    public byte[] Make(int seed, int index)
    {
        var random = new Random(unchecked((seed * 1_000_003) + index));
        var file = (byte[])sound[index % sound.Count].Clone();
        for (var damages = 1 + (random.Next(4) * random.Next(2)); damages > 0; damages--) file = Damage(file, random);
        return file;
    }

    private byte[] Damage(byte[] file, Random random)
    {
        if (file.Length == 0) return [(byte)random.Next(256)];
        var at = random.Next(file.Length);
        switch (random.Next(_tokens.Count > 0 ? 12 : 9))
        {
            case 0:
            case 1:
                file[at] ^= (byte)(1 << random.Next(8));
                return file;
            case 2:
                file[at] = (byte)random.Next(256);
                return file;
            case 3:
                return file[..at];
            case 4:
                return [.. file[..at], .. file[Math.Min(file.Length, at + 1 + random.Next(16))..]];
            case 5:
                var other = sound[random.Next(sound.Count)];
                return [.. file[..at], .. other[random.Next(other.Length + 1)..]];
            case 6:
                var length = Math.Min(file.Length - at, 1 + random.Next(64));
                return [.. file[..(at + length)], .. file[at..]];
            case 7:
            case 8:
                WriteNumber(file.AsSpan(at), random);
                return file;
            case 9:
                var inserted = _tokens[random.Next(_tokens.Count)];
                return [.. file[..at], .. inserted, .. file[at..]];
            default:
                var token = _tokens[random.Next(_tokens.Count)];
                token.AsSpan(0, Math.Min(token.Length, file.Length - at)).CopyTo(file.AsSpan(at));
                return file;
        }
    }

    /// <summary>Writes a number that lengths and counts go wrong at, in one of the widths and both byte orders.</summary>
    private static void WriteNumber(Span<byte> target, Random random)
    {
        Span<byte> bytes = stackalloc byte[8];
        var number = Numbers[random.Next(Numbers.Length)];
        var width = Math.Min(target.Length, 1 << random.Next(4));
        if (random.Next(4) > 0) BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        else BinaryPrimitives.WriteUInt64BigEndian(bytes, number << (64 - (8 * width)));
        bytes[..width].CopyTo(target);
    }
}
