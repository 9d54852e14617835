namespace Dml.Explorer.Api;

/// <summary>A request that is refused, with a status of HTTP and one sentence.</summary>
internal sealed class ApiException(int status, string sentence) : Exception(sentence)
{
    /// <summary>4xx.</summary>
    public int Status => status;
}
