namespace Dml.Storage;

/// <summary>
/// What reading one file may take of memory: 8 x its size + 64 MiB over all that is made of it. A sound file needs little more than its
/// size; one that needs more was made to exhaust the machine.
/// </summary>
/// <param name="name">The file, for messages.</param>
/// <param name="fileLength">Its bytes.</param>
internal sealed class ReadBudget(string name, long fileLength)
{
    private readonly Int128 _limit = (8 * (Int128)fileLength) + (64 << 20);
    private Int128 _spent;

    /// <summary>Counts memory before it is taken.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="what">What it is for: "tensor \"a\"".</param>
    /// <exception cref="DmlException">It would be more than a sound file of this size needs.</exception>
    public void Spend(Int128 bytes, string what)
    {
        _spent += bytes;
        if (_spent > _limit)
        {
            throw new DmlException($"{name}: expected no more than {_limit} bytes of content in a file of {fileLength} bytes, "
                + $"found at least {_spent} with {what}; the file is damaged or was made to exhaust memory.");
        }
    }
}
