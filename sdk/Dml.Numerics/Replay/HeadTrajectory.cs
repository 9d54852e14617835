namespace Dml.Numerics;

/// <summary>
/// The states of a training, forwards once and then backwards as often as asked for, of which only so many are held at a time. What is not held is
/// made anew from the last state before it that is, along a schedule that makes the fewest steps again (Griewank and Walther, Algorithm 799, TOMS 2000).
/// </summary>
internal sealed class HeadTrajectory : IDisposable
{
    /// <summary>Fewest states that the way back is made with: where it begins, and one between.</summary>
    public const int LeastHeld = 2;

    private readonly Func<HeadState, int, HeadState> _advance;
    private readonly int _steps;
    private readonly int _held;
    private readonly int _stride;
    private readonly List<HeadState> _kept = [];

    /// <summary>Trains.</summary>
    /// <param name="start">The state before the first step; owned by this object afterwards.</param>
    /// <param name="steps">Steps, at least 1.</param>
    /// <param name="held">Most states that are held at a time, at least 2; besides the last, and two while one is made of the other.</param>
    /// <param name="advance">Gives the state after a step, a new one, from that before it and the step's number.</param>
    /// <param name="cancellationToken">Stops it between two steps; then nothing is left behind.</param>
    public HeadTrajectory(HeadState start, int steps, int held, Func<HeadState, int, HeadState> advance, CancellationToken cancellationToken)
    {
        (_advance, _steps, _held) = (advance, steps, held);

        // Half of them stay for every way back, the others are those between two of these.
        _stride = steps <= held ? 1 : (steps + (held / 2) - 1) / (held / 2);
        End = start;
        try
        {
            for (var step = 0; step < steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var next = advance(End, step);
                if (step % _stride == 0) _kept.Add(End);
                else End.Dispose();
                End = next;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The state after the last step.</summary>
    public HeadState End { get; private set; }

    /// <summary>Visits the state before each step, the last step first.</summary>
    /// <param name="visit">Takes the step's number and the state, which is freed afterwards.</param>
    /// <param name="cancellationToken">Stops it between two steps; then nothing is left behind.</param>
    public void Backwards(Action<int, HeadState> visit, CancellationToken cancellationToken)
    {
        for (var k = _kept.Count - 1; k >= 0; k--)
        {
            Backwards(k * _stride, Math.Min((k + 1) * _stride, _steps), _kept[k], visit, cancellationToken);
        }
    }

    /// <summary>Frees what is held.</summary>
    public void Dispose()
    {
        foreach (var state in _kept) state.Dispose();
        _kept.Clear();
        End.Dispose();
    }

    private void Backwards(int from, int to, HeadState start, Action<int, HeadState> visit, CancellationToken cancellationToken)
    {
        var places = _held - _kept.Count + 1;
        var held = new Stack<(int Step, HeadState State)>([(from, start)]);
        try
        {
            for (var step = to - 1; step >= from; step--)
            {
                while (held.Peek().Step < step)
                {
                    var (at, state) = held.Peek();
                    var far = at + Stretch(step + 1 - at, Math.Max(1, places - held.Count + 1));
                    held.Push((far, Advanced(state, at, far, cancellationToken)));
                }

                cancellationToken.ThrowIfCancellationRequested();
                visit(step, held.Peek().State);
                Free(held.Pop());
            }
        }
        finally
        {
            foreach (var left in held) Free(left);
        }

        void Free((int Step, HeadState State) one)
        {
            if (one.Step > from) one.State.Dispose();
        }
    }

    private HeadState Advanced(HeadState state, int from, int to, CancellationToken cancellationToken)
    {
        var now = _advance(state, from);
        try
        {
            for (var step = from + 1; step < to; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var before = now;
                now = _advance(before, step);
            }
        }
        catch
        {
            now.Dispose();
            throw;
        }

        return now;
    }

    /// <summary>How far on the next state to hold lies, so that the fewest steps are made again.</summary>
    /// <param name="length">Steps of the way back, at least 2.</param>
    /// <param name="places">States that can be held on it, the one that it begins with among them.</param>
    private static int Stretch(int length, int places)
    {
        var sweeps = 1;
        while (Reach(places, sweeps) < length) sweeps++;
        return (int)Math.Max(Math.Max(1, Reach(places, sweeps - 2)), length - Reach(places - 1, sweeps));
    }

    /// <summary>The steps that can be gone back with so many places where none is made again more than so many times, C(places + sweeps, places).</summary>
    private static long Reach(int places, int sweeps)
    {
        if (sweeps < 0) return 0;
        var reach = 1L;
        for (var k = 1; k <= Math.Min(places, sweeps) && reach < int.MaxValue; k++)
        {
            reach = reach * (Math.Max(places, sweeps) + k) / k;
        }

        return reach;
    }
}
