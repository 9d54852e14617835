namespace Dml.Tests.Backbones;

/// <summary>
/// A vision transformer in plain loops in double precision, from the architecture and the tensors of a state_dict by the names of DINOv2
/// and timm. It shares nothing with the plugin.
/// </summary>
internal sealed class PlainTransformer(IReadOnlyDictionary<string, double[]> tensors, int heads, int patch, int grid, double epsilon)
{
    private readonly int _width = tensors["cls_token"].Length;

    /// <summary>The image's features: the class token, or the mean of the patches.</summary>
    public double[] Features(double[] image, int height, int width, bool mean)
    {
        var tokens = Tokens(image, height, width, out var before);
        for (var block = 0; tensors.ContainsKey($"blocks.{block}.norm1.weight"); block++) tokens = Block(tokens, $"blocks.{block}.");
        var normed = tokens.Select(t => Norm(t, "norm")).ToList();
        return mean ? [.. Enumerable.Range(0, _width).Select(i => normed.Skip(before).Average(t => t[i]))] : normed[0];
    }

    /// <summary>Catmull and Rom's kernel and its relatives (Keys, 1981): a = -0.5 with antialiasing, -0.75 without.</summary>
    private static double Cubic(double x, double a)
    {
        x = Math.Abs(x);
        return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1 : x < 2 ? ((((((x - 5) * x) + 8) * x) - 4) * a) : 0;
    }

    /// <summary>The share of each of n values in the value at an output, by the kernel stretched where values are more than outputs.</summary>
    private static double[] Antialiased(int n, int outputs, int at)
    {
        var scale = (double)n / outputs;
        var stretch = Math.Max(scale, 1);
        var centre = scale * (at + 0.5);
        double[] shares = [.. Enumerable.Range(0, n).Select(j => Cubic((j + 0.5 - centre) / stretch, -0.5))];
        return [.. shares.Select(s => s / shares.Sum())];
    }

    private List<double[]> Tokens(double[] image, int height, int width, out int before)
    {
        var (rows, columns) = (height / patch, width / patch);
        var positions = tensors["pos_embed"];
        var hasClass = positions.Length == ((grid * grid) + 1) * _width;
        var first = (double[])tensors["cls_token"].Clone();
        for (var i = 0; hasClass && i < _width; i++) first[i] += positions[i];
        List<double[]> tokens = [first];
        if (tensors.TryGetValue("reg_token", out var registers)) tokens.AddRange(registers.Chunk(_width));
        before = tokens.Count;
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++) tokens.Add(Patch(image, height, width, row, column, rows, columns, hasClass ? _width : 0));
        }

        return tensors.ContainsKey("norm_pre.weight") ? [.. tokens.Select(t => Norm(t, "norm_pre"))] : tokens;
    }

    private double[] Patch(double[] image, int height, int width, int row, int column, int rows, int columns, int skip)
    {
        var (kernel, positions) = (tensors["patch_embed.proj.weight"], tensors["pos_embed"]);
        var (down, along) = (Antialiased(grid, rows, row), Antialiased(grid, columns, column));
        var token = new double[_width];
        for (var i = 0; i < _width; i++)
        {
            var sum = tensors.TryGetValue("patch_embed.proj.bias", out var bias) ? bias[i] : 0;
            for (var channel = 0; channel < 3; channel++)
            {
                for (var y = 0; y < patch; y++)
                {
                    for (var x = 0; x < patch; x++)
                    {
                        sum += kernel[(((((i * 3) + channel) * patch) + y) * patch) + x]
                            * image[(((channel * height) + (row * patch) + y) * width) + (column * patch) + x];
                    }
                }
            }

            for (var y = 0; y < grid; y++)
            {
                for (var x = 0; x < grid; x++) sum += down[y] * along[x] * positions[skip + (((y * grid) + x) * _width) + i];
            }

            token[i] = sum;
        }

        return token;
    }

    private List<double[]> Block(List<double[]> tokens, string name)
    {
        var attended = Attention([.. tokens.Select(t => Norm(t, name + "norm1"))], name + "attn.");
        tokens = [.. tokens.Zip(attended, (t, a) => Sum(t, Scaled(a, name + "ls1.gamma")))];
        return [.. tokens.Select(t => Sum(t, Scaled(Perceptron(Norm(t, name + "norm2"), name + "mlp."), name + "ls2.gamma")))];
    }

    private List<double[]> Attention(List<double[]> tokens, string name)
    {
        var packed = tokens.ConvertAll(t => Layer(t, name + "qkv"));
        var side = _width / heads;
        var mixed = tokens.ConvertAll(_ => new double[_width]);
        for (var head = 0; head < heads; head++)
        {
            for (var query = 0; query < tokens.Count; query++)
            {
                var scores = packed.ConvertAll(key => Math.Exp(
                    Enumerable.Range(head * side, side).Sum(i => packed[query][i] * key[_width + i]) / Math.Sqrt(side)));
                for (var key = 0; key < tokens.Count; key++)
                {
                    for (var i = head * side; i < (head + 1) * side; i++) mixed[query][i] += scores[key] / scores.Sum() * packed[key][(2 * _width) + i];
                }
            }
        }

        return mixed.ConvertAll(t => Layer(t, name + "proj"));
    }

    private double[] Perceptron(double[] token, string name)
    {
        var first = Layer(token, tensors.ContainsKey(name + "w12.weight") ? name + "w12" : name + "fc1");
        var second = tensors.ContainsKey(name + "w3.weight") ? name + "w3" : name + "fc2";
        var units = tensors[second + ".weight"].Length / _width;
        return Layer(
            first.Length == units ? [.. first.Select(x => x * NormalShare(x))]
                : [.. Enumerable.Range(0, units).Select(i => first[i] / (1 + Math.Exp(-first[i])) * first[units + i])], second);
    }

    /// <summary>The normal distribution's function, summed from its density by Simpson's rule.</summary>
    private static double NormalShare(double x)
    {
        const int Steps = 2000;
        var step = x / Steps;
        var sum = Enumerable.Range(0, Steps + 1).Sum(i => (i is 0 or Steps ? 1 : i % 2 == 0 ? 2 : 4) * Math.Exp(-(i * step) * (i * step) / 2));
        return 0.5 + (sum * step / 3 / Math.Sqrt(2 * Math.PI));
    }

    private double[] Layer(double[] token, string name)
    {
        var (weight, bias) = (tensors[name + ".weight"], tensors[name + ".bias"]);
        var result = (double[])bias.Clone();
        for (var i = 0; i < result.Length; i++)
        {
            for (var j = 0; j < token.Length; j++) result[i] += weight[(i * token.Length) + j] * token[j];
        }

        return result;
    }

    private double[] Norm(double[] token, string name)
    {
        var mean = token.Average();
        var deviation = Math.Sqrt(token.Average(x => (x - mean) * (x - mean)) + epsilon);
        return [.. token.Select((x, i) => ((x - mean) / deviation * tensors[name + ".weight"][i]) + tensors[name + ".bias"][i])];
    }

    private double[] Scaled(double[] token, string gamma) =>
        tensors.TryGetValue(gamma, out var factors) ? [.. token.Zip(factors, (x, f) => x * f)] : token;

    private static double[] Sum(double[] one, double[] other) => [.. one.Zip(other, (x, y) => x + y)];
}
