namespace Dml.Explorer.Jobs;

/// <summary>What was asked for is still being prepared.</summary>
internal sealed class PendingException : Exception
{
    /// <summary>Windows that listen are told of the job from now on.</summary>
    public PendingException(Job job)
    {
        Job = job;
        job.Announce();
    }

    /// <summary>The job that prepares it.</summary>
    public Job Job { get; }
}
