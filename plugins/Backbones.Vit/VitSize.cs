namespace Dml.Plugins;

/// <summary>Published sizes.</summary>
public enum VitSize
{
    /// <summary>12 blocks, 384 wide.</summary>
    Small,

    /// <summary>12 blocks, 768 wide.</summary>
    Base,

    /// <summary>24 blocks, 1024 wide.</summary>
    Large,

    /// <summary>40 blocks, 1536 wide; of CLIP 1408.</summary>
    Giant,
}
