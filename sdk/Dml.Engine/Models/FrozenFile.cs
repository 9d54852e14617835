namespace Dml.Engine.Models;

/// <summary>A file of a frozen backbone's model.</summary>
/// <param name="File">Its absolute path.</param>
/// <param name="Sha256">The hash of its content.</param>
internal sealed record FrozenFile(string File, string Sha256);
