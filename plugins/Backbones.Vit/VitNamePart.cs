using static TorchSharp.torch;

namespace Dml.Plugins;

/// <summary>A part of a name: parameters of the module below it have it in front of theirs. It computes nothing.</summary>
internal sealed class VitNamePart : nn.Module
{
    private VitNamePart(string name, nn.Module module) : base("Part") => register_module(name, module);

    /// <summary>Puts a module under a name of several parts, the outermost first.</summary>
    public static void Register(nn.Module parent, IReadOnlyList<string> names, nn.Module module)
    {
        for (var i = names.Count - 1; i > 0; i--) module = new VitNamePart(names[i], module);
        parent.register_module(names[0], module);
    }
}
