using System.Diagnostics;
using System.Globalization;

namespace Dml.Engine.Training;

/// <summary>Tells how long a training will still take, from the batches done since it was started or gone on with.</summary>
internal sealed class TrainingClock
{
    /// <summary>Before this a figure would be a guess.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly int _perEpoch;
    private readonly int _warmUpEpochs;
    private readonly long _total;
    private readonly long _before;

    /// <summary>Starts the clock.</summary>
    /// <param name="options">The training.</param>
    /// <param name="sampler">Tells the batches of an epoch.</param>
    /// <param name="start">Where it starts.</param>
    public TrainingClock(TrainingOptions options, ITrainingSampler sampler, TrainingPosition start)
    {
        (_perEpoch, _warmUpEpochs) = (sampler.BatchesPerEpoch, options.WarmUpEpochs);
        _total = (long)(options.WarmUpEpochs + options.TrainedEpochs) * _perEpoch;
        _before = Done(start);
    }

    /// <summary>", ends in 3 min 20 s", or nothing while that is unknown.</summary>
    /// <param name="place">The present place.</param>
    public string Left(TrainingPosition place)
    {
        var (elapsed, done) = (_clock.Elapsed, Done(place));
        if (elapsed < Settled || done == _before || done >= _total) return "";
        var left = elapsed * ((double)(_total - done) / (done - _before));
        return left.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $", training ends in {Math.Ceiling(left.TotalSeconds)} s")
            : left.TotalHours < 1 ? $", training ends in {(int)left.TotalMinutes} min {left.Seconds} s"
            : $", training ends in {(int)left.TotalHours} h {left.Minutes} min";
    }

    private long Done(TrainingPosition place) => ((long)(place.WarmUp ? place.Epoch : _warmUpEpochs + place.Epoch) * _perEpoch) + place.Batch;
}
