namespace Dml.Storage;

/// <summary>The sentence for what the system refuses to write.</summary>
internal static class WriteRefusal
{
    private const int NoSpace = 28;
    private const int QuotaUsedUp = 122;

    /// <summary>The sentence.</summary>
    /// <param name="what">What was to be done: "write PATH".</param>
    /// <param name="error">What the system said.</param>
    public static DmlException Of(string what, Exception error) =>
        new($"Expected to {what}, but the system refused ({error.Message.TrimEnd('.')}); {Remedy(error)}.", error);

    /// <summary>Space is spoken of only where the system says that it is used up.</summary>
    public static string Remedy(Exception error) =>
        error is IOException { HResult: NoSpace or QuotaUsedUp } ? "free space there or choose another folder" : "give access or choose another folder";
}
