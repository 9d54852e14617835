namespace Dml.Plugins;

/// <summary>Whose transformer it is: its names of parameters and what it does where the published ones differ.</summary>
public enum VitFamily
{
    /// <summary>DINOv2 (Oquab et al., TMLR 2024), with or without registers (Darcet et al., ICLR 2024).</summary>
    Dinov2,

    /// <summary>The image tower of CLIP (Radford et al., ICML 2021), of OpenAI's code and of OpenCLIP.</summary>
    Clip,

    /// <summary>timm's VisionTransformer with a class token.</summary>
    Timm,
}
