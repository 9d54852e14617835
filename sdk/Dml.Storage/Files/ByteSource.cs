using Microsoft.Win32.SafeHandles;

namespace Dml.Storage;

/// <summary>Bytes that a file format is read from: a file, or memory. Every read names its place and is checked against the length.</summary>
internal abstract class ByteSource : IDisposable
{
    private const int ChunkSize = 1 << 16;

    /// <summary>The file's path, or what else messages call it.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes in all.</summary>
    public abstract long Length { get; }

    /// <summary>A file. It is opened anew for every read, so nothing is held open.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What is expected there, for the message where there is none: "a weights file".</param>
    /// <exception cref="DmlException">It is missing, or the system refuses.</exception>
    public static ByteSource OfFile(string path, string kind) => new FileSource(path, kind, held: false);

    /// <summary>
    /// A file that stays open until this is disposed of: all reads are of the file that was opened, also when another takes its name
    /// meanwhile.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">As of <see cref="OfFile"/>.</param>
    /// <exception cref="DmlException">It is missing, or the system refuses.</exception>
    public static ByteSource OfHeldFile(string path, string kind) => new FileSource(path, kind, held: true);

    /// <summary>Bytes in memory.</summary>
    /// <param name="bytes">The content.</param>
    /// <param name="name">What messages call it.</param>
    public static ByteSource OfBytes(ReadOnlyMemory<byte> bytes, string name) => new MemorySource(bytes, name);

    /// <summary>A part of this source as one of its own.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Its bytes.</param>
    public ByteSource Window(long start, long length) => new WindowSource(this, start, length, Name);

    /// <summary>The same bytes under another name; disposing of it closes what this holds.</summary>
    /// <param name="name">What messages call it.</param>
    public ByteSource Named(string name) => new WindowSource(this, 0, Length, name, owns: true);

    /// <summary>Closes a file that is held; nothing else is to be closed.</summary>
    public void Dispose() => Close();

    /// <summary>Fills the target.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="target">Filled as a whole.</param>
    /// <exception cref="DmlException">The source ends before, or the system refuses.</exception>
    public void Read(long start, Span<byte> target)
    {
        RequireInside(start, target.Length);
        if (target.Length > 0) ReadChecked(start, target);
    }

    /// <summary>Reads the bytes [start, start + length).</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="length">How many; checked before memory is taken.</param>
    public byte[] Read(long start, int length)
    {
        RequireInside(start, length);
        var bytes = new byte[length];
        Read(start, bytes);
        return bytes;
    }

    /// <summary>Hands out the bytes in order, chunk by chunk.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="length">How many.</param>
    /// <param name="take">Gets each chunk.</param>
    public void Walk(long start, long length, Action<ReadOnlySpan<byte>> take)
    {
        var buffer = new byte[Math.Min(length, ChunkSize)];
        for (var at = 0L; at < length; at += buffer.Length)
        {
            var chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at));
            Read(start + at, chunk);
            take(chunk);
        }
    }

    private void RequireInside(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length)
        {
            throw new DmlException(
                $"{Name}: expected {length} bytes at byte {start}, found the end at byte {Length}; the file is cut off or damaged, get it again.");
        }
    }

    /// <summary>Closes what is held open.</summary>
    protected virtual void Close()
    {
    }

    /// <summary>Reads where the range is known to lie inside.</summary>
    protected abstract void ReadChecked(long start, Span<byte> target);

    private sealed class MemorySource(ReadOnlyMemory<byte> bytes, string name) : ByteSource
    {
        public override string Name => name;

        public override long Length => bytes.Length;

        protected override void ReadChecked(long start, Span<byte> target) => bytes.Span.Slice((int)start, target.Length).CopyTo(target);
    }

    private sealed class WindowSource(ByteSource whole, long first, long length, string name, bool owns = false) : ByteSource
    {
        public override string Name => name;

        public override long Length => length;

        protected override void Close()
        {
            if (owns) whole.Dispose();
        }

        protected override void ReadChecked(long start, Span<byte> target) => whole.Read(first + start, target);
    }

    private sealed class FileSource : ByteSource
    {
        private readonly string _path;
        private readonly SafeFileHandle? _held;

        public FileSource(string path, string kind, bool held)
        {
            _path = path;
            (Length, _held) = Guard(kind, () =>
            {
                var file = InputFile.Open(_path);
                var length = RandomAccess.GetLength(file);
                if (held) return (length, file);
                file.Dispose();
                return (length, (SafeFileHandle?)null);
            });
        }

        public override string Name => _path;

        public override long Length { get; }

        protected override void Close() => _held?.Dispose();

        protected override void ReadChecked(long start, Span<byte> target)
        {
            try
            {
                using var opened = _held is null ? InputFile.Open(_path) : null;
                while (target.Length > 0)
                {
                    var count = RandomAccess.Read(_held ?? opened!, target, start);
                    if (count == 0)
                    {
                        throw new DmlException(
                            $"{_path}: expected {Length} bytes as before, found it to end at or before byte {start}; leave the file alone while it is read.");
                    }

                    start += count;
                    target = target[count..];
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw Refused(error);
            }
        }

        private T Guard<T>(string kind, Func<T> action)
        {
            try
            {
                return action();
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new DmlException($"Expected {kind} at {_path}, found none; check the path.", error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw Refused(error);
            }
        }

        private DmlException Refused(Exception error) =>
            new($"Expected to read {_path}, but the system refused ({error.Message.TrimEnd('.')}); check the path and its permissions.", error);
    }
}
