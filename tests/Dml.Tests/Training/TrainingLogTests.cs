using System.Buffers.Binary;
using System.Text;
using Dml.Engine.Runs;
using Dml.Engine.Training;
using Dml.Numerics;
using Dml.Tests.Support;

namespace Dml.Tests.Training;

/// <summary>Event files, read by TensorBoard's published format: records with masked CRC-32C around protocol buffers.</summary>
public sealed class TrainingLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void TensorBoard_gets_the_figures_of_each_epoch_in_sound_records()
    {
        var log = new TrainingLog(new(_folder.Path), tensorBoard: true);
        log.Add(new(WarmUp: true, 0, 3.5, 0, 1, 120, 2), null);
        log.Add(new(WarmUp: false, 0, 2.25, 4e-3, 1, 110, 2), new ValidationScore(0.5, 0.25));
        log.Add(new(WarmUp: false, 1, 1.125, 4e-4, 0.1, 100, 2), null);

        var events = Events();
        Assert.Contains(events, e => e.Version == "brain.Event:2");
        (string, long, float)[] expected =
        [
            ("training/images per second", 1, 110), ("training/images per second", 2, 100), ("training/learning rate", 1, 4e-3f),
            ("training/learning rate", 2, 4e-4f),
            ("training/loss", 1, 2.25f), ("training/loss", 2, 1.125f), ("validation/NMI", 1, 0.25f), ("validation/R@1", 1, 0.5f),
            ("validation/harmonic mean", 1, 1f / 3),
            ("warm-up/images per second", 1, 120), ("warm-up/learning rate", 1, 0), ("warm-up/loss", 1, 3.5f),
        ];
        Assert.Equal(expected, events.Where(e => e.Tag.Length > 0)
            .Select(e => (e.Tag, e.Step, e.Value)).OrderBy(e => e.Tag, StringComparer.Ordinal).ThenBy(e => e.Step));
    }

    [Fact]
    public void A_training_that_goes_on_at_once_adds_to_what_is_there()
    {
        new TrainingLog(new(_folder.Path), tensorBoard: true).Add(new(WarmUp: false, 0, 2, 1, 1, 1, 1), null);
        new TrainingLog(new(_folder.Path), tensorBoard: true).Add(new(WarmUp: false, 1, 1, 1, 1, 1, 1), null);
        Assert.Equal([(1L, 2f), (2L, 1f)], Events().Where(e => e.Tag == "training/loss").Select(e => (e.Step, e.Value)).Order());
    }

    [Fact]
    public void Without_TensorBoard_there_is_the_log_alone()
    {
        new TrainingLog(new(_folder.Path), tensorBoard: false).Add(new(WarmUp: false, 0, 2, 1, 1, 1, 1), null);
        Assert.Equal([new RunFolder(_folder.Path).Log], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private List<Event> Events() =>
        [.. Directory.GetFiles(new RunFolder(_folder.Path).TensorBoard)
            .Where(f => Path.GetFileName(f).Contains("tfevents", StringComparison.Ordinal)).SelectMany(f => Records(File.ReadAllBytes(f))).Select(Parse)];

    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            var data = file[(at + 12)..(at + 12 + length)];
            Assert.Equal(Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            yield return data;
            at += 16 + length;
        }
    }

    /// <summary>CRC-32C bit by bit, then TensorFlow's mask.</summary>
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        crc = ~crc;
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
    }

    /// <summary>Event: 2 = step, 3 = file version, 5 = summary; Summary: 1 = value; Value: 1 = tag, 2 = simple value.</summary>
    private static Event Parse(byte[] record)
    {
        var found = new Event("", 0, 0, "");
        foreach (var (field, number, bytes) in Fields(record))
        {
            if (field == 2) found = found with { Step = (long)number };
            if (field == 3) found = found with { Version = Encoding.UTF8.GetString(bytes) };
            if (field != 5) continue;
            var value = Fields(bytes).Single(f => f.Field == 1).Bytes;
            foreach (var part in Fields(value))
            {
                if (part.Field == 1) found = found with { Tag = Encoding.UTF8.GetString(part.Bytes) };
                if (part.Field == 2) found = found with { Value = BinaryPrimitives.ReadSingleLittleEndian(part.Bytes) };
            }
        }

        return found;
    }

    private static List<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint();
            var length = (key & 7) switch { 0 => 0, 1 => 8, 2 => (int)Varint(), 5 => 4, _ => throw new InvalidDataException($"Wire type {key & 7}.") };
            var number = (key & 7) == 0 ? Varint() : 0;
            fields.Add(((int)(key >> 3), number, message[at..(at + length)]));
            at += length;

            ulong Varint()
            {
                ulong value = 0;
                for (var shift = 0; ; shift += 7)
                {
                    value |= (ulong)(message[at] & 127) << shift;
                    if (message[at++] < 128) return value;
                }
            }
        }

        return fields;
    }

    private sealed record Event(string Tag, long Step, float Value, string Version);
}
