namespace Dml.Storage;

/// <summary>A constant setting of an operation, such as the strides of a convolution.</summary>
public sealed class OnnxAttribute
{
    private const int FloatType = 1;
    private const int IntegerType = 2;
    private const int IntegersType = 7;

    private OnnxAttribute(string name, int type)
    {
        Message.Add(OnnxFields.Attribute.Name, name);
        Message.Add(OnnxFields.Attribute.Type, type);
    }

    internal ProtoMessage Message { get; } = new();

    /// <summary>A whole number.</summary>
    /// <param name="name">As the operation calls it.</param>
    /// <param name="value">The number.</param>
    public static OnnxAttribute Of(string name, long value)
    {
        var attribute = new OnnxAttribute(name, IntegerType);
        attribute.Message.Add(OnnxFields.Attribute.Integer, value);
        return attribute;
    }

    /// <summary>A real number.</summary>
    /// <param name="name">As the operation calls it.</param>
    /// <param name="value">The number; rounded to float32.</param>
    public static OnnxAttribute Of(string name, double value)
    {
        var attribute = new OnnxAttribute(name, FloatType);
        attribute.Message.Add(OnnxFields.Attribute.Float, (float)value);
        return attribute;
    }

    /// <summary>A list of whole numbers.</summary>
    /// <param name="name">As the operation calls it.</param>
    /// <param name="values">The numbers.</param>
    public static OnnxAttribute Of(string name, IReadOnlyList<long> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var attribute = new OnnxAttribute(name, IntegersType);
        foreach (var value in values) attribute.Message.Add(OnnxFields.Attribute.Integers, value);
        return attribute;
    }
}
