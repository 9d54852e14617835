using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Dml.Numerics;

namespace Dml.Engine.Models;

/// <summary>Writes the input of one image: its index in the split, and where it goes.</summary>
/// <param name="index">Index into the split.</param>
/// <param name="destination">(3, H, W), row by row.</param>
internal delegate void ImageWriter(int index, Span<float> destination);

/// <summary>
/// Makes the next batches on other threads while the current one is trained on. At most two wait at a time. Batches come in the order
/// asked for and an image's content depends on its index alone, so the results are those of making each batch when it is needed.
/// No tensor is made off the caller's thread: dispose scopes belong to one thread.
/// </summary>
internal static class BatchPrefetcher
{
    private const int Waiting = 2;

    /// <summary>Yields the batches; leaving the enumeration early stops the work.</summary>
    /// <param name="batches">Indices of each batch; drawn on another thread.</param>
    /// <param name="sizeOf">Columns and rows of the input of an image; all of a batch have the same.</param>
    /// <param name="write">Writes the input of an image; called from several threads.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static IEnumerable<ImageBatch> Run(
        IEnumerable<int[]> batches, Func<int, (int Width, int Height)> sizeOf, ImageWriter write, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var queue = new BlockingCollection<ImageBatch>(Waiting);
        ExceptionDispatchInfo? failure = null;
        var maker = Task.Run(
            () =>
            {
                try
                {
                    foreach (var indices in batches) queue.Add(Make(indices, sizeOf(indices[0]), write, stop.Token), stop.Token);
                }
                catch (Exception error)
                {
                    failure = ExceptionDispatchInfo.Capture(Unwrap(error));
                }
                finally
                {
                    queue.CompleteAdding();
                }
            },
            CancellationToken.None);
        try
        {
            foreach (var batch in queue.GetConsumingEnumerable(cancellationToken)) yield return batch;
            failure?.Throw();
        }
        finally
        {
            stop.Cancel();
            maker.Wait(CancellationToken.None);
        }
    }

    private static ImageBatch Make(int[] indices, (int Width, int Height) size, ImageWriter write, CancellationToken cancellationToken)
    {
        var floats = 3L * size.Width * size.Height * indices.Length;
        if (floats > Array.MaxLength)
        {
            throw new DmlException($"Expected a batch of at most {Array.MaxLength} numbers, "
                + $"found {floats} for {indices.Length} images of {size.Width} x {size.Height} pixels; lower images.size or the images of a batch.");
        }

        var length = (int)(floats / indices.Length);
        var pixels = new float[floats];
        Parallel.For(0, indices.Length, AllCores.LoopUntil(cancellationToken), i => write(indices[i], pixels.AsSpan(i * length, length)));
        return new ImageBatch(indices, pixels, size.Width, size.Height);
    }

    /// <summary>The first cause of a parallel loop's failure: that is the sentence to show.</summary>
    private static Exception Unwrap(Exception error) => error is AggregateException { InnerExceptions: [var first, ..] } ? first : error;
}
