using Dml.Engine.Models;

namespace Dml.Tests.Training;

public sealed class BatchPrefetcherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _stop = new();
    private int _begun;
    private int _ended;
    private bool _sourceClosed;

    [Fact]
    public void Batches_come_in_the_order_asked_for_and_hold_their_images_whoever_was_ready_first()
    {
        int[][] asked = [[5, 0, 3], [2], [9, 9], [7, 1, 4, 8], [6, 5, 0]];
        var batches = BatchPrefetcher.Run(
            asked, index => (index == 2 ? 3 : 2, 1), (index, target) =>
            {
                Thread.Sleep((index * 7) % 5);
                target.Fill(index);
            },
            CancellationToken.None).ToList();
        Assert.Equal(asked, batches.Select(b => b.Indices));
        foreach (var batch in batches)
        {
            Assert.Equal((batch.Indices[0] == 2 ? 3 : 2, 1), (batch.Width, batch.Height));
            Assert.Equal(batch.Indices.SelectMany(i => Enumerable.Repeat((float)i, 3 * batch.Width)), batch.Pixels);
        }
    }

    [Fact]
    public void A_failure_while_drawing_the_batches_reaches_the_caller_after_the_batches_before_it()
    {
        static IEnumerable<int[]> Broken()
        {
            yield return [0];
            throw new DmlException("the second batch is broken");
        }

        AssertFails("the second batch is broken", 1, Broken(), Write);
    }

    [Fact]
    public void A_failure_while_writing_an_image_reaches_the_caller_with_its_own_sentence() =>
        AssertFails("image 5 is broken", 2, Source(), (index, target) =>
        {
            if (index == 5) throw new DmlException("image 5 is broken");
            Write(index, target);
        });

    [Fact]
    public void A_failure_of_every_image_of_a_batch_is_one_of_them() =>
        Assert.Matches("^image [01] is broken$", Assert.Throws<DmlException>(
            () => BatchPrefetcher.Run(Source(), _ => (1, 1), (index, _) => throw new DmlException($"image {index} is broken"), default).Count()).Message);

    [Fact]
    public void A_batch_that_no_array_can_hold_is_refused() =>
        Assert.Equal(
            $"Expected a batch of at most {Array.MaxLength} numbers, found 4800000000 for 2 images of 40000 x 20000 pixels; "
                + "lower images.size or the images of a batch.",
            Assert.Throws<DmlException>(() => BatchPrefetcher.Run([[0, 1]], _ => (40_000, 20_000), Write, default).Count()).Message);

    [Fact]
    public void Cancellation_ends_the_wait_for_a_batch()
    {
        var read = 0;
        _stop.CancelAfter(50);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var batch in Run((index, target) =>
            {
                // The third batch is waited for until the caller gives up.
                if (index == 4) _stop.Token.WaitHandle.WaitOne(Patience);
                Write(index, target);
            }))
            {
                read++;
            }
        });
        Assert.InRange(read, 0, 2);
        AssertNothingIsLeft();
    }

    [Fact]
    public void Cancellation_ends_the_wait_for_room()
    {
        using var batches = Run(Write).GetEnumerator();
        Assert.True(batches.MoveNext());
        AssertMakesFour();
        _stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => batches.MoveNext());
        AssertNothingIsLeft();
    }

    [Fact]
    public void Leaving_early_stops_the_work_and_waits_for_its_end()
    {
        foreach (var batch in Run(Write))
        {
            AssertMakesFour();
            break;
        }

        AssertNothingIsLeft();
        Assert.Equal(8, _begun);
    }

    [Fact]
    public void A_failure_of_the_caller_stops_the_work_and_is_the_one_that_is_told()
    {
        var error = Assert.Throws<DmlException>(() =>
        {
            foreach (var batch in Run(Write)) throw new DmlException($"the loss of batch {batch.Indices[0]} is no number");
        });
        Assert.Equal("the loss of batch 0 is no number", error.Message);
        AssertNothingIsLeft();
    }

    [Fact]
    public void Cancellation_beforehand_makes_no_batch()
    {
        _stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Run(Write).Count());
        Assert.Equal(0, _ended);
    }

    public void Dispose() => _stop.Dispose();

    private IEnumerable<ImageBatch> Run(ImageWriter write) => BatchPrefetcher.Run(Source(), _ => (2, 2), write, _stop.Token);

    /// <summary>Batches of two without end.</summary>
    private IEnumerable<int[]> Source()
    {
        try
        {
            for (var first = 0; ; first += 2) yield return [first, first + 1];
        }
        finally
        {
            _sourceClosed = true;
        }
    }

    private void Write(int index, Span<float> target)
    {
        Interlocked.Increment(ref _begun);
        target.Fill(index);
        Interlocked.Increment(ref _ended);
    }

    private void AssertFails(string sentence, int whole, IEnumerable<int[]> batches, ImageWriter write)
    {
        var read = 0;
        var error = Assert.Throws<DmlException>(() =>
        {
            foreach (var batch in BatchPrefetcher.Run(batches, _ => (2, 2), write, CancellationToken.None)) read++;
        });
        Assert.Equal((sentence, whole), (error.Message, read));
    }

    /// <summary>One that was taken, two that wait and one that there is no room for; no more, however long it takes.</summary>
    private void AssertMakesFour()
    {
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _ended) == 8, Patience));
        Thread.Sleep(30);
        Assert.Equal(8, Volatile.Read(ref _begun));
    }

    private void AssertNothingIsLeft()
    {
        Assert.True(_sourceClosed, "the batches are still being drawn");
        var begun = _begun;
        Assert.Equal(begun, _ended);
        Thread.Sleep(30);
        Assert.Equal(begun, _begun);
    }
}
