using static TorchSharp.torch;

namespace Dml.Numerics;

/// <summary>
/// How far training held a sample to its label, over the moments of the training that were kept: the area under the margin (Pleiss, Zhang,
/// Elenberg, Weinberger, NeurIPS 2020), with cosines in place of logits. A wrong label is learned late, against the class that the image shows.
/// </summary>
public static class LabelMargins
{
    private const long AtOnce = 4096;

    /// <summary>Less than any cosine.</summary>
    private const double BelowAll = -3;

    /// <summary>The mean over moments of the cosine to the nearest proxy of the own class minus that to the nearest of another.</summary>
    /// <param name="moments">The model at moments of its training; losses with class proxies, at least two classes.</param>
    /// <param name="cancellationToken">Stops it between blocks.</param>
    /// <returns>(N) areas, -2 to 2; low = suspicious.</returns>
    public static double[] Areas(IReadOnlyList<InfluenceContext> moments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(moments);
        var areas = new double[moments[0].TrainCount];
        foreach (var moment in moments)
        {
            foreach (var block in SampleRange.Grid(moment.TrainCount, AtOnce))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var margins = Margins(moment, block);
                for (var i = 0; i < margins.Length; i++) areas[block.Start + i] += margins[i] / moments.Count;
            }
        }

        return areas;
    }

    private static double[] Margins(InfluenceContext moment, SampleRange block)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var loss = (IProxyLoss)moment.Loss;
        var cosines = UnitRows.Cosines(LossGradients.Embed(moment, moment.TrainFeaturesAt(block)), loss.Proxies);
        var ofClasses = cosines.view(block.Count, -1, loss.ProxiesPerClass).amax([2L]);
        var labels = moment.TrainLabels.narrow(0, block.Start, block.Count).unsqueeze(1);
        var own = ofClasses.gather(1, labels);
        var other = ofClasses.scatter(1, labels, full_like(own, BelowAll)).amax([1L], true);
        return (own - other).squeeze(1).to(float64).cpu().Values<double>();
    }
}
