using System.Globalization;
using Dml.Storage;
using static TorchSharp.torch;

namespace Dml.Engine.Features;

/// <summary>
/// Reads the arrays of a features file as the numbers that are wanted, and checks them. Floats of 16 bits, whole numbers and truth values are
/// widened; numbers of 32 and 64 bits that are floats stay as they are.
/// </summary>
/// <param name="file">The arrays.</param>
/// <param name="path">Their place, for messages.</param>
internal sealed class FeatureNumbers(FeatureArrays file, string path)
{
    /// <summary>dtype that values of a form become where floats are wanted; null where they cannot.</summary>
    public static ScalarType? FloatOf(TensorForm form) => form.Dtype switch
    {
        ScalarType.Float32 or ScalarType.Float64 => form.Dtype,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Bool or ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 => ScalarType.Float32,
        ScalarType.Int32 when form.UnsignedSize > 0 => ScalarType.Float32,
        ScalarType.Int32 or ScalarType.Int64 => ScalarType.Float64,
        _ => null,
    };

    /// <summary>The form of an array.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="DmlException">There is none, or it cannot be read.</exception>
    public TensorForm Form(string name)
    {
        if (file.Entries.TryGetValue(name, out var form)) return form;
        if (file.Unread(name) is { } problem) throw problem;
        throw new DmlException($"{path}: expected a tensor \"{name}\", "
            + $"found {(file.Entries.Count == 0 ? "none" : "only " + string.Join(", ", file.Entries.Keys.Order(StringComparer.Ordinal)))}; {Remedy(name)}.");
    }

    /// <summary>A table of features is no model yet.</summary>
    private Wording Remedy(string name)
    {
        if (name == "head.weight" || file.Names.Contains(FeatureNames.Features)) return $"add it, or fit a head with {Mention.Operation("fit")}";
        return "add it";
    }

    /// <summary>Floats in memory, float32 or float64.</summary>
    /// <param name="name">The array.</param>
    /// <param name="dimensions">How many it must have; null for any number.</param>
    /// <exception cref="DmlException">It is missing, misshapen, of a wrong dtype, or not finite.</exception>
    public Tensor Floats(string name, int? dimensions)
    {
        var dtype = Require(name, dimensions);
        using var scope = NewDisposeScope();
        var values = file.Load(name).to(dtype);
        RequireFinite(name, FiniteNumbers.Problem(values));
        return values.MoveToOuterDisposeScope();
    }

    /// <summary>Floats whose values stay in the file, in the dtype that they have there; checked as <see cref="Floats"/>.</summary>
    /// <param name="name">An array whose rows can be read.</param>
    public Tensor FloatsInFile(string name)
    {
        Require(name, 2);
        var shape = Form(name).Shape;
        RequireFinite(name, FiniteNumbers.Problem(rows => file.Rows(name, rows.Start, rows.Count), shape[0], shape[1], shape));
        return file.Map(name);
    }

    /// <summary>Reads rows of <see cref="FloatsInFile"/>, float32 or float64.</summary>
    /// <param name="name">The array.</param>
    /// <param name="rows">The rows.</param>
    public Tensor Rows(string name, SampleRange rows)
    {
        var dtype = FloatOf(Form(name))!.Value;
        using var scope = NewDisposeScope();
        return TensorBytes.ConvertRows(file.Rows(name, rows.Start, rows.Count), dtype, rows.Start).MoveToOuterDisposeScope();
    }

    /// <summary>Class indices, (N), int64.</summary>
    /// <param name="name">The array.</param>
    /// <param name="count">N.</param>
    /// <exception cref="DmlException">It is missing, misshapen, of a wrong dtype, or holds other numbers.</exception>
    public Tensor Labels(string name, long count)
    {
        var form = Form(name);
        if (form.Dtype is not (ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 or ScalarType.Byte or ScalarType.Bool))
        {
            throw new DmlException($"{path}: expected \"{name}\" as integers, found {form.Dtype}; convert it.");
        }

        RequireDimensions(name, form, 1);
        RequireSize(name, "values", count, form.Shape[0], $"one for each row of {name.Replace("labels", "features", StringComparison.Ordinal)}");
        var labels = file.Load(name).to(int64);
        if (labels.min().item<long>() is var least and < 0)
        {
            throw new DmlException($"{path}: expected class indices from 0 in \"{name}\", found {least}; number the classes from 0.");
        }

        if (labels.max().item<long>() is var most and >= int.MaxValue)
        {
            throw new DmlException($"{path}: expected class indices below {int.MaxValue} in \"{name}\", found {most}; number the classes from 0.");
        }

        return labels;
    }

    /// <summary>Refuses an array of another size than others ask for.</summary>
    public void RequireSize(string name, string what, long expected, long found, string reason)
    {
        if (expected != found)
        {
            throw new DmlException($"{path}: expected \"{name}\" with {expected} {what}, {reason}, found {found}; the arrays must come from one model.");
        }
    }

    private ScalarType Require(string name, int? dimensions)
    {
        var form = Form(name);
        if (FloatOf(form) is not { } dtype)
        {
            throw new DmlException($"{path}: expected \"{name}\" as real numbers, found {form.Dtype}; convert it to float32 or float64.");
        }

        RequireDimensions(name, form, dimensions);
        return dtype;
    }

    private void RequireFinite(string name, string? problem)
    {
        if (problem is not null) throw new DmlException($"{path}: expected finite numbers in \"{name}\", found {problem}; remove or mend those samples.");
    }

    private void RequireDimensions(string name, TensorForm form, int? dimensions)
    {
        if ((dimensions is { } wanted && form.Shape.Count != wanted) || form.Shape.Contains(0))
        {
            throw new DmlException($"{path}: expected \"{name}\" with {dimensions?.ToString(CultureInfo.InvariantCulture) ?? "its"} "
                + $"dimension{(dimensions == 1 ? "" : "s")}, none of them empty, found shape ({string.Join(", ", form.Shape)}).");
        }
    }
}
