using System.Diagnostics;
using System.Reflection;
using Dml.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Tests.Native;

/// <summary>TorchSharp 0.107.0 lets a scalar argument be freed while libtorch reads it; build/TorchSharpArguments.targets cures that.</summary>
[Collection(AloneCollection.Name)]
public class ScalarLifetimeTests
{
    [Fact]
    public void Methods_of_TorchSharp_keep_their_arguments_until_they_return()
    {
        var attribute = typeof(torch).Assembly.GetCustomAttribute<DebuggableAttribute>();
        Assert.True(attribute?.IsJITOptimizerDisabled);
    }

    /// <summary>Uncured, about one call in 300,000 fails here: several in the five seconds.</summary>
    [Fact]
    public void Scalars_outlive_the_calls_that_read_them_whatever_the_garbage_collector_does()
    {
        var end = DateTime.UtcNow.AddSeconds(5);
        var collector = new Thread(() =>
        {
            while (DateTime.UtcNow < end)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        Exception? error = null;
        var workers = Enumerable.Range(0, 3).Select(_ => new Thread(() => error = Record.Exception(() => ScaleUntil(end)) ?? error)).Append(collector).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        Assert.Null(error);
    }

    private static void ScaleUntil(DateTime end)
    {
        using var x = ones(8);
        using var ones8 = ones(8);
        while (DateTime.UtcNow < end)
        {
            x.zero_();
            x.add_(ones8, alpha: 0.5);
            Assert.Equal(0.5f, x[3].item<float>());
            x.mul_(0.25);
            Assert.Equal(0.125f, x[3].item<float>());
        }
    }
}
