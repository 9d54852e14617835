using Dml.Engine.Plugins;
using Dml.Numerics;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Engine.Training;

/// <summary>A sampler that is a plugin, one epoch after another. The number of the next epoch is all that its draws depend on.</summary>
internal sealed class PluginSampler : ITrainingSampler
{
    private readonly IBatchSampler _sampler;
    private readonly int _count;
    private int _epoch;

    /// <summary>Begins with epoch 0.</summary>
    /// <param name="sampler">The plugin.</param>
    /// <param name="count">Number of training samples.</param>
    /// <exception cref="DmlException">It promises batches that are empty, or no batch.</exception>
    public PluginSampler(IBatchSampler sampler, int count)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        (_sampler, _count) = (sampler, count);
        if (sampler.BatchSize >= 1 && sampler.BatchesPerEpoch >= 1) return;
        throw new DmlException(
            "training.sampler", "at least one batch an epoch of at least one sample", $"{sampler.BatchesPerEpoch} of {sampler.BatchSize}",
            $"correct {sampler.GetType().Name}, which has to refuse {count} samples that make no batch, or choose another sampler");
    }

    /// <inheritdoc/>
    public int BatchSize => _sampler.BatchSize;

    /// <inheritdoc/>
    public int BatchesPerEpoch => _sampler.BatchesPerEpoch;

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings => _sampler.Warnings;

    /// <inheritdoc/>
    public IEnumerable<int[]> NextEpoch() => BatchDraws.Epoch(_sampler, _epoch++, _count);

    /// <inheritdoc/>
    public SamplerState Save() => new((ulong)_epoch, [], [], []);

    /// <inheritdoc/>
    public void Restore(SamplerState state) => _epoch = (int)state.Random;
}

/// <summary>A sampler that a config chose, not yet made: what it draws from is known later.</summary>
/// <param name="Plugin">The plugin with its options.</param>
internal sealed record BoundSampler(BoundPlugin Plugin)
{
    /// <summary>Makes it.</summary>
    /// <param name="context">What it draws from.</param>
    /// <exception cref="DmlException">The plugin refuses the samples or its options, or threw.</exception>
    public IBatchSampler Make(SamplerContext context)
    {
        using var services = new ServiceCollection().AddSingleton(context).BuildServiceProvider();
        return Plugin.Create<IBatchSampler>(services);
    }
}
