using System.Runtime.CompilerServices;
using Dml.Torch;
using TorchSharp;

namespace Dml.Tests;

internal static class Setup
{
    /// <summary>libtorch must be in the process before the first torch call; one thread makes every figure repeatable.</summary>
    [ModuleInitializer]
    internal static void LoadTorch()
    {
        NativeTorch.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
