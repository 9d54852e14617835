using Dml.Storage;

namespace Dml.Engine.Models;

/// <summary>In run.json of a run with a frozen backbone: the model that it ran, of which the run holds no weight.</summary>
/// <param name="Files">The model's files with their hashes, the model itself first.</param>
/// <param name="Description">How images go in and features come out.</param>
internal sealed record FrozenRecord(IReadOnlyList<FrozenFile> Files, string Description)
{
    /// <summary>Notes a model as it is now.</summary>
    /// <param name="frozen">The model.</param>
    public static FrozenRecord Of(FrozenModel frozen) => new([.. frozen.Files.Select(f => new FrozenFile(f, FileHash.Of(f)))], frozen.Description);

    /// <summary>Refuses a model that is another one than was noted.</summary>
    /// <param name="frozen">The model that the backbone has now.</param>
    /// <param name="run">The run, for the message.</param>
    /// <exception cref="DmlException">A file has another content.</exception>
    public void Require(FrozenModel frozen, string run)
    {
        foreach (var (noted, now) in Files.Zip(frozen.Files))
        {
            if (FileHash.Of(now) == noted.Sha256) continue;
            throw new DmlException(
                null, $"the model that {run} was made with (SHA-256 {noted.Sha256})", "another content", "put the file back, or train anew", now);
        }
    }
}
