// Compiled into the program that references the package Dml.Engine; DmlLoadsTorch=false in its project file leaves it out.
namespace Dml.Engine.Loading
{
    internal static class LoadTorch
    {
        [global::System.Runtime.CompilerServices.ModuleInitializer]
        internal static void Register() => global::Dml.Torch.NativeTorch.LoadWithTorchSharp();
    }
}
