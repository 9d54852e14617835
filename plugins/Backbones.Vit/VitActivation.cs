namespace Dml.Plugins;

/// <summary>What stands between the two layers of a block's perceptron.</summary>
public enum VitActivation
{
    /// <summary>GELU with the normal distribution's own function.</summary>
    Gelu,

    /// <summary>x sigmoid(1.702 x), as OpenAI's CLIP has it.</summary>
    QuickGelu,

    /// <summary>A gate: silu(a) b, where one layer makes a and b (Shazeer, 2020), as the giant of DINOv2 has it.</summary>
    SwiGlu,
}
