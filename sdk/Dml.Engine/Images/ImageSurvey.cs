namespace Dml.Engine.Images;

/// <summary>What was seen of a split's images when each was decoded once.</summary>
/// <param name="Count">Number of images, those that cannot be used among them.</param>
/// <param name="Samples">The samples that can be used, in the order given.</param>
/// <param name="Facts">What was seen of each of these.</param>
/// <param name="Problems">Why the others cannot be used, in the order given.</param>
internal sealed record ImageSurvey(
    int Count, IReadOnlyList<ImageSample> Samples, IReadOnlyList<ImageFacts> Facts, IReadOnlyList<DmlException> Problems)
{
    /// <summary>Images whose EXIF orientation turns or mirrors them.</summary>
    public int Turned => Facts.Count(f => f.Orientation > 1);

    /// <summary>One sentence for each image that cannot be used, where such images are left out.</summary>
    public IReadOnlyList<string> LeftOut => [.. Problems.Select(p => $"{p.Message.Split(';')[0]}; the image was left out.")];

    /// <summary>Refuses a split that a run cannot use.</summary>
    /// <param name="action">What an image that cannot be used means.</param>
    /// <exception cref="DmlException">There are such images and the action refuses them, or none is left.</exception>
    public void RequireUsable(DecodeErrorAction action)
    {
        if (Problems.Count > 0 && action == DecodeErrorAction.Refuse)
        {
            throw Problems.Count == 1 ? Problems[0] : new DmlException(
                $"{Problems[0].Message.TrimEnd('.')} ({Problems.Count - 1} more of {Count} images cannot be used; {Mention.Operation("check")} names them).",
                Problems[0]);
        }

        if (Samples.Count == 0)
        {
            throw new DmlException($"Expected at least one image that can be decoded, found none among {Count}; check the dataset's folder.");
        }
    }
}
