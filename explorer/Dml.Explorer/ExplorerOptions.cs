namespace Dml.Explorer;

/// <summary>Where an explorer listens and what it keeps.</summary>
public sealed record ExplorerOptions
{
    /// <summary>
    /// The address that is listened at: a name or number of this machine. One that is no loopback lets other machines in, so it needs a
    /// <see cref="Token"/> of the user's own.
    /// </summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>What every request must show; drawn at random when null. At least 16 characters, of letters, digits, - and _.</summary>
    public string? Token { get; init; }

    /// <summary>Folder of thumbnails and neighbours that were computed before; the user's cache folder when null.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>How options and operations are written in messages; as programs write them when null.</summary>
    public Func<Mention, string>? Mentions { get; init; }

    /// <summary>Receives what is no answer to a request: defects, with their stack traces; standard error when null.</summary>
    public Action<string>? Log { get; init; }
}
