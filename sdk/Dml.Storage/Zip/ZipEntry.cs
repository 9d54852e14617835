namespace Dml.Storage.Zip;

/// <summary>An entry of a zip file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Deflated">Whether it is compressed; else it is stored as it is.</param>
/// <param name="Checksum">CRC-32 of its content.</param>
/// <param name="CompressedSize">Bytes in the file.</param>
/// <param name="Size">Bytes of its content.</param>
/// <param name="HeaderStart">Where its local header starts.</param>
internal sealed record ZipEntry(string Name, bool Deflated, uint Checksum, long CompressedSize, long Size, long HeaderStart);
