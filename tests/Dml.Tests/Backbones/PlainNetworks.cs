namespace Dml.Tests.Backbones;

/// <summary>
/// The two published networks, layer by layer in double precision, from their architectures and the tensors of a state_dict by their
/// published names. They share nothing with the plugins.
/// </summary>
internal sealed class PlainNetworks(IReadOnlyDictionary<string, double[]> tensors)
{
    /// <summary>He et al., table 1, 50 layers; the stride is the 3 x 3 convolution's.</summary>
    public PlainMaps ResNet50(PlainMaps image)
    {
        var maps = Unit(image, "conv1", "bn1", 7, 2).Relu();
        maps = maps.MaxPool(2, 1, (maps.Height + 1) / 2, (maps.Width + 1) / 2);
        string[] blocks =
        [
            "layer1.0", "layer1.1", "layer1.2",
            "layer2.0", "layer2.1", "layer2.2", "layer2.3",
            "layer3.0", "layer3.1", "layer3.2", "layer3.3", "layer3.4", "layer3.5",
            "layer4.0", "layer4.1", "layer4.2",
        ];
        foreach (var block in blocks)
        {
            var stride = block is "layer2.0" or "layer3.0" or "layer4.0" ? 2 : 1;
            var around = block.EndsWith(".0", StringComparison.Ordinal) ? Unit(maps, block + ".downsample.0", block + ".downsample.1", 1, stride) : maps;
            maps = Unit(maps, block + ".conv1", block + ".bn1", 1, 1).Relu();
            maps = Unit(maps, block + ".conv2", block + ".bn2", 3, stride).Relu();
            maps = Unit(maps, block + ".conv3", block + ".bn3", 1, 1).Add(around).Relu();
        }

        return maps;
    }

    /// <summary>
    /// The published port. In 3c and 4e the pool has as many windows as the convolutions beside it, also where the side is odd and
    /// the port's own pool has one fewer.
    /// </summary>
    public PlainMaps BnInception(PlainMaps image)
    {
        var maps = CeilingPool(Layer(image, "conv1_7x7_s2", 7, 2));
        maps = CeilingPool(Layer(Layer(maps, "conv2_3x3_reduce", 1, 1), "conv2_3x3", 3, 1));
        foreach (var block in (string[])["3a", "3b", "3c", "4a", "4b", "4c", "4d", "4e", "5a", "5b"])
        {
            var name = $"inception_{block}_";
            var halves = block is "3c" or "4e";
            var stride = halves ? 2 : 1;
            var three = Layer(Layer(maps, name + "3x3_reduce", 1, 1), name + "3x3", 3, stride);
            var five = Layer(Layer(Layer(maps, name + "double_3x3_reduce", 1, 1), name + "double_3x3_1", 3, 1), name + "double_3x3_2", 3, stride);
            if (halves)
            {
                maps = PlainMaps.Concatenate(three, five, maps.MaxPool(2, 0, three.Height, three.Width));
                continue;
            }

            var pool = block == "5b" ? maps.MaxPool(1, 1, maps.Height, maps.Width) : maps.AveragePool();
            maps = PlainMaps.Concatenate(Layer(maps, name + "1x1", 1, 1), three, five, Layer(pool, name + "pool_proj", 1, 1));
        }

        return maps;
    }

    /// <summary>3 x 3 at stride 2 without padding; the last window may hang over the edge.</summary>
    private static PlainMaps CeilingPool(PlainMaps maps) =>
        maps.MaxPool(2, 0, (int)Math.Ceiling((maps.Height - 3) / 2.0) + 1, (int)Math.Ceiling((maps.Width - 3) / 2.0) + 1);

    private PlainMaps Layer(PlainMaps maps, string name, int side, int stride) => Unit(maps, name, name + "_bn", side, stride).Relu();

    private PlainMaps Unit(PlainMaps maps, string conv, string norm, int side, int stride) =>
        maps.Convolve(tensors[conv + ".weight"], tensors.GetValueOrDefault(conv + ".bias"), side, stride, side / 2)
            .Normalize(tensors[norm + ".running_mean"], tensors[norm + ".running_var"], tensors[norm + ".weight"], tensors[norm + ".bias"]);
}
