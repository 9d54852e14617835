using System.Text.Json;
using Dml.Explorer.Jobs;

namespace Dml.Explorer.Api;

/// <summary>Why a request is refused.</summary>
/// <param name="Error">One sentence.</param>
internal sealed record ApiRefusal(string Error);

/// <summary>What was asked for is being prepared: wait for the job, then ask again.</summary>
/// <param name="Job">Id of the job.</param>
/// <param name="Says">What it does.</param>
internal sealed record PendingAnswer(string Job, string Says);

/// <summary>A sample or test item.</summary>
/// <param name="Split"><c>train</c> or <c>test</c>.</param>
/// <param name="Index">Its index within the split.</param>
/// <param name="Id">Its stable name.</param>
/// <param name="Class">Its label.</param>
/// <param name="ClassName">Name of that class.</param>
/// <param name="Image">Whether the run knows an image of it.</param>
internal sealed record ApiItem(string Split, int Index, string Id, int Class, string ClassName, bool Image);

/// <summary>Items that were asked for.</summary>
/// <param name="Items">In the order of their indices in the request.</param>
internal sealed record ItemsAnswer(IReadOnlyList<ApiItem> Items);

/// <summary>A class.</summary>
/// <param name="Class">Its label.</param>
/// <param name="Name">Its name.</param>
internal sealed record ApiClass(int Class, string Name);

/// <summary>A body without content.</summary>
internal sealed record Nothing;

/// <summary>A job.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind"><c>prepare</c>, <c>what-if</c> or <c>apply</c>.</param>
/// <param name="State">How far it is.</param>
/// <param name="Progress">From 0 to 1; null where it is not known.</param>
/// <param name="Says">What it does just now.</param>
/// <param name="Result">What came out; null before the end and of a job that prepares something.</param>
/// <param name="Error">What went wrong, one sentence; null where nothing did.</param>
internal sealed record JobAnswer(string Id, string Kind, JobState State, double? Progress, string Says, JsonElement? Result, string? Error);

/// <summary>A job that was started, or that was running already.</summary>
/// <param name="Job">Its id.</param>
internal sealed record StartedJob(string Job);
