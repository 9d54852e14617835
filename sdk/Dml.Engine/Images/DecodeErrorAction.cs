namespace Dml.Engine.Images;

/// <summary>What happens when an image file cannot be decoded.</summary>
internal enum DecodeErrorAction
{
    /// <summary>The run ends before it starts, with a message that names the file.</summary>
    Refuse,

    /// <summary>The image is left out and listed as a warning.</summary>
    Skip,
}
