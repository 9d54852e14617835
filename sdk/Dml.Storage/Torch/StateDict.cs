using System.Globalization;

namespace Dml.Storage.Torch;

/// <summary>
/// The named tensors of a file of torch.save. The file is a tensor, a dictionary or list of them, or a checkpoint that keeps the weights
/// beside other things: where it has an entry of a usual name that holds tensors, only that entry counts, and those beside it that hold all
/// of its names too, such as a moving average of the weights. Nested names are joined by dots.
/// </summary>
internal static class StateDict
{
    /// <summary>The name of a tensor that is saved alone.</summary>
    public const string SingleName = "tensor";

    private const int DeepestNesting = 16;

    private static readonly string[] UsualNames = ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params"];

    /// <summary>Finds the tensors.</summary>
    /// <param name="file">The file.</param>
    /// <param name="budget">Pays for the names and, once for every name, for the values.</param>
    /// <returns>The tensors by name, and the objects of Python that stand among them.</returns>
    /// <exception cref="DmlException">There are objects of Python and no tensors.</exception>
    public static (IReadOnlyDictionary<string, TorchTensor> Tensors, IReadOnlyDictionary<string, string> Foreign) Of(TorchFile file, ReadBudget budget)
    {
        if (file.Root is TorchTensor single)
        {
            Pay(budget, SingleName, single);
            return (new Dictionary<string, TorchTensor> { [SingleName] = single }, new Dictionary<string, string>());
        }

        var walk = new Walk(file, budget);
        walk.Add(Weights(file.Root, walk), "", 0);
        if (walk.Found.Count > 0 || file.Foreign is not [var first, ..]) return (walk.Found, walk.Foreign);
        throw new DmlException($"{file.Name}: expected tensors, numbers, texts, lists and dictionaries alone, found the Python object {first}, "
            + "which is refused and was not run; save the model's state_dict() alone with torch.save.");
    }

    private static object? Weights(object? root, Walk walk)
    {
        for (var depth = 0; depth < DeepestNesting && root is PickleDictionary dictionary && !dictionary.Items.Values.Any(v => v is TorchTensor); depth++)
        {
            var usual = UsualNames.FirstOrDefault(name => dictionary.Items.TryGetValue(name, out var value) && walk.HoldsTensor(value, 0));
            if (usual is null) break;
            root = dictionary.Items[usual];
            if (Twins(dictionary, usual, walk) is { } twins) return twins;
        }

        return root;
    }

    /// <summary>An entry with those beside it that hold all of its names; null where there are none.</summary>
    private static PickleDictionary? Twins(PickleDictionary dictionary, string usual, Walk walk)
    {
        if (dictionary.Items[usual] is not PickleDictionary { Items.Count: > 0 } weights) return null;
        var twins = new PickleDictionary();
        foreach (var (name, value) in dictionary.Items)
        {
            if (name == usual || (!ReferenceEquals(value, weights) && walk.HoldsNames(value, weights, 0))) twins.Set(name, value);
        }

        return twins.Items.Count > 1 ? twins : null;
    }

    private static void Pay(ReadBudget budget, string name, TorchTensor tensor) =>
        budget.Spend((Int128)tensor.Count * TensorForm.SizeOf(tensor.Form.Dtype), $"tensor \"{name}\"");

    /// <summary>
    /// One object may stand at many places of a pickle, so a few bytes can describe any number of names: no more steps are taken than the
    /// pickle has opcodes, which a tree never needs.
    /// </summary>
    private sealed class Walk(TorchFile file, ReadBudget budget)
    {
        private long _steps = (2 * file.Opcodes) + 64;

        public OrderedDictionary<string, TorchTensor> Found { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Foreign { get; } = new(StringComparer.Ordinal);

        public bool HoldsTensor(object? value, int depth)
        {
            Step(depth);
            return value switch
            {
                TorchTensor => true,
                PickleDictionary dictionary => dictionary.Items.Values.Any(item => HoldsTensor(item, depth + 1)),
                List<object?> list => list.Any(item => HoldsTensor(item, depth + 1)),
                object?[] tuple => tuple.Any(item => HoldsTensor(item, depth + 1)),
                _ => false,
            };
        }

        public bool HoldsNames(object? value, PickleDictionary names, int depth)
        {
            Step(depth);
            if (value is not PickleDictionary dictionary) return false;
            if (dictionary.Items.Count >= names.Items.Count)
            {
                _steps -= names.Items.Count;
                if (names.Items.Keys.All(dictionary.Items.ContainsKey)) return true;
            }

            return dictionary.Items.Values.Any(item => HoldsNames(item, names, depth + 1));
        }

        public void Add(object? value, string name, int depth)
        {
            Step(depth);
            switch (value)
            {
                case TorchTensor tensor:
                    budget.Spend(96 + (2 * name.Length), "the names of its tensors");
                    Pay(budget, name, tensor);
                    if (!Found.TryAdd(name, tensor))
                    {
                        throw new DmlException(
                            $"{file.Name}: expected each tensor's name once, found \"{name}\" twice; save the model's state_dict() alone with torch.save.");
                    }

                    return;
                case PickleDictionary dictionary:
                    foreach (var (key, item) in dictionary.Items) Add(item, Join(name, key), depth + 1);
                    return;
                case List<object?> list:
                    foreach (var (index, item) in list.Index()) Add(item, Join(name, index.ToString(CultureInfo.InvariantCulture)), depth + 1);
                    return;
                case object?[] tuple:
                    foreach (var (index, item) in tuple.Index()) Add(item, Join(name, index.ToString(CultureInfo.InvariantCulture)), depth + 1);
                    return;
                case ForeignObject foreign:
                    budget.Spend(96 + (2 * name.Length), "the names of its objects");
                    Foreign[name] = foreign.Name;
                    return;
                default:
                    return;
            }
        }

        private string Join(string name, string key)
        {
            if (name.Length == 0) return key;
            budget.Spend(32 + (2 * (name.Length + key.Length)), "the names of its tensors");
            return name + "." + key;
        }

        private void Step(int depth)
        {
            if (depth > DeepestNesting)
            {
                throw new DmlException($"{file.Name}: expected at most {DeepestNesting} nested dictionaries and lists, found more; "
                    + "save the model's state_dict() alone with torch.save.");
            }

            if (--_steps < 0)
            {
                throw new DmlException($"{file.Name}: expected dictionaries and lists that are a tree, found the same ones at a great many places; "
                    + "the file was made to exhaust the machine.");
            }
        }
    }
}
