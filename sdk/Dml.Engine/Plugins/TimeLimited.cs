using System.Runtime.ExceptionServices;

namespace Dml.Engine.Plugins;

/// <summary>Runs code of a plugin that nothing can cancel, such as a static constructor, and gives it up when it takes too long.</summary>
internal static class TimeLimited
{
    /// <summary>Runs on a thread of its own, which is left behind when the time is over; a process ends without waiting for it.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="work">The work; what it throws is thrown here.</param>
    /// <param name="limit">The longest time.</param>
    /// <param name="late">What is thrown when the time is over.</param>
    public static T Run<T>(Func<T> work, TimeSpan limit, Func<DmlException> late)
    {
        T? result = default;
        ExceptionDispatchInfo? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        if (!thread.Join(limit)) throw late();
        error?.Throw();
        return result!;
    }
}
