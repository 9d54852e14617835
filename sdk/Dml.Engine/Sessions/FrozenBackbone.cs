using Dml.Engine.Images;
using Dml.Engine.Training;

namespace Dml.Engine.Sessions;

/// <summary>What a training must be like for a backbone that runs a model as it is.</summary>
internal static class FrozenBackbone
{
    /// <summary>Refuses settings that would fail after hours of decoding, or train nothing; any other backbone takes all.</summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="name">Its name in the config.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="images">How images become its input.</param>
    /// <param name="imports">Whether weights from elsewhere take the place of training.</param>
    /// <exception cref="DmlException">The mode is another than frozen, or images come in another size.</exception>
    public static void Require(IBackbone backbone, string name, TrainingOptions training, ImageOptions images, bool imports)
    {
        if (backbone.Frozen is not { } frozen) return;
        if (imports)
        {
            throw new DmlException(
                "backbone", "one whose weights can be imported", $"{name}, which runs {frozen.Files[0]} as it is",
                $"train a head on it with {Mention.Option("training.mode", "frozen")}");
        }

        if (training.Mode != TrainingMode.Frozen)
        {
            throw new DmlException(
                "training.mode", $"frozen for the backbone {name}, of which nothing can be trained", training.Mode.ToString().ToLowerInvariant(),
                $"give {Mention.Option("training.mode", "frozen")}, or choose a backbone that is trained");
        }

        if (frozen.ImageSize is { } size) RequireSize(size, frozen.Files[0], images);
    }

    private static void RequireSize((int Height, int Width) size, string file, ImageOptions images)
    {
        if (size.Height != size.Width)
        {
            throw new DmlException(
                null, "a model that takes square images", $"one of {size.Width} x {size.Height} pixels alone", "export it for square ones", file);
        }

        if (images.Size != size.Width)
        {
            throw new DmlException(
                "images.size", $"{size.Width}, the only side that {file} takes", $"{images.Size}", $"give {Mention.Option("images.size", $"{size.Width}")}");
        }

        if (images.InfluenceView != InfluenceView.Crop)
        {
            throw new DmlException(
                "images.influenceView", $"crop, since {file} takes images of {size.Width} x {size.Height} pixels alone", "whole",
                $"give {Mention.Option("images.influenceView", "crop")}");
        }
    }
}
