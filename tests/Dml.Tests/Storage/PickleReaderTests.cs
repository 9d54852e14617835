using System.Globalization;
using System.Text;
using Dml.Storage;
using Dml.Storage.Torch;

namespace Dml.Tests.Storage;

/// <summary>The unpickler opcode by opcode; the values are Python's, as pickletools explains them.</summary>
public sealed class PickleReaderTests
{
    [Theory]
    [InlineData("N.", "None")]
    [InlineData("\u0088.", "True")]
    [InlineData("\u0089.", "False")]
    [InlineData("K\u00FF.", "255")]
    [InlineData("M\u0001\u0002.", "513")]
    [InlineData("J\u00FE\u00FF\u00FF\u00FF.", "-2")]
    [InlineData("\u008A\0.", "0")]
    [InlineData("\u008A\u0001\u0080.", "-128")]
    [InlineData("\u008A\u0003\0\0\u0001.", "65536")]
    [InlineData("\u008A\u0008\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u007F.", "9223372036854775807")]
    [InlineData("\u008A\u0009\0\0\0\0\0\0\0\u0080\0.", "9223372036854775808")]
    [InlineData("\u008B\u0002\0\0\0\u0001\u0001.", "257")]
    [InlineData("G\u003F\u00F8\0\0\0\0\0\0.", "1.5")]
    [InlineData("X\u0002\0\0\0\u00C3\u00A9.", "'\u00E9'")]
    [InlineData("\u008C\u0002ab.", "'ab'")]
    [InlineData("\u008D\u0002\0\0\0\0\0\0\0ab.", "'ab'")]
    [InlineData("U\u0002ab.", "'ab'")]
    [InlineData("T\u0002\0\0\0ab.", "'ab'")]
    [InlineData("C\u0002ab.", "b'ab'")]
    [InlineData("B\u0002\0\0\0ab.", "b'ab'")]
    [InlineData("\u008E\u0002\0\0\0\0\0\0\0ab.", "b'ab'")]
    [InlineData("\u0096\u0002\0\0\0\0\0\0\0ab.", "b'ab'")]
    [InlineData("].", "[]")]
    [InlineData("]K\u0001a.", "[1]")]
    [InlineData("](K\u0001K\u0002e.", "[1, 2]")]
    [InlineData(").", "()")]
    [InlineData("K\u0001\u0085.", "(1)")]
    [InlineData("K\u0001K\u0002\u0086.", "(1, 2)")]
    [InlineData("K\u0001K\u0002K\u0003\u0087.", "(1, 2, 3)")]
    [InlineData("(K\u0001K\u0002K\u0003K\u0004t.", "(1, 2, 3, 4)")]
    [InlineData("}.", "{}")]
    [InlineData("}K\u0001K\u0002s.", "{1: 2}")]
    [InlineData("}(X\u0001\0\0\0aK\u0001X\u0001\0\0\0bK\u0002X\u0001\0\0\0aK\u0003u.", "{a: 3, b: 2}")]
    [InlineData("}q\u0001K\u0001h\u0001s0h\u0001.", "{1: ...}")]
    [InlineData("]r\u0003\0\0\0j\u0003\0\0\0a.", "[...]")]
    [InlineData("\u0080\u0004\u0095\u0006\0\0\0\0\0\0\0K\u0007\u0094h\0\u0086.", "(7, 7)")]
    [InlineData("K\u0001K\u00020.", "1")]
    [InlineData("K\u0001(K\u0002K\u00031.", "1")]
    [InlineData("K\u00012\u0086.", "(1, 1)")]
    [InlineData("ccollections\nOrderedDict\n)R.", "{}")]
    [InlineData("ccollections\nOrderedDict\n](X\u0001\0\0\0aK\u0001\u0086]X\u0001\0\0\0ba\u008A\u0001\u0002ae\u0085R.", "{a: 1, b: 2}")]
    [InlineData("\u008C\u000Bcollections\u008C\u000BOrderedDict\u0093)R}b.", "{}")]
    [InlineData("ctorch\nSize\nK\u0002K\u0003\u0086\u0085R.", "(2, 3)")]
    public void An_opcode_makes_what_Python_makes(string opcodes, string expected) => Assert.Equal(expected, Show(Read(opcodes), 0));

    [Theory]
    [InlineData(".", "expected a value on the pickle's stack, found none")]
    [InlineData("a.", "expected a value on the pickle's stack, found none")]
    [InlineData("K\u0001(\u0085.", "expected a value on the pickle's stack, found none")]
    [InlineData("t.", "expected a value on the pickle's stack, found none")]
    [InlineData("K\u0001K\u0002a.", "byte 6: expected a list to append to, found a number")]
    [InlineData("]K\u0001K\u0002s.", "expected a dictionary to set items of, found a list")]
    [InlineData("}(K\u0001u.", "expected keys with values, found 1 items")]
    [InlineData("}])s.", "expected texts or numbers as keys, found a list")]
    [InlineData("h\0.", "expected a memo index that was set before, found 0")]
    [InlineData("K\u0001q\u0002h\u0001.", "expected a memo index that was set before, found 1")]
    [InlineData("\u0080\u0001.", "expected pickle protocol 2 to 5, found 1")]
    [InlineData("\u008B\u0001\u0001\0\0.", "expected a whole number of at most 256 bytes, found 257")]
    [InlineData("X\u0005\0\0\0abc", "expected a text of 5 bytes, found 3 bytes to the end")]
    [InlineData("K", "expected the pickle to go on, found the end of the file")]
    [InlineData("I1\n.", "expected an opcode that torch.save writes, found 0x49")]
    public void A_pickle_that_cannot_be_is_refused_with_its_byte(string opcodes, string message) =>
        Assert.Contains(message, Assert.Throws<DmlException>(() => Read(opcodes)).Message);

    private static object? Read(string opcodes)
    {
        byte[] bytes = [0x80, 2, .. Encoding.Latin1.GetBytes(opcodes)];
        var source = ByteSource.OfBytes(bytes, "pickle");
        return new PickleReader(new PickleCursor(source, 0, ""), new ReadBudget("pickle", bytes.Length)).Read();
    }

    private static string Show(object? value, int depth) => value switch
    {
        null => "None",
        string text => $"'{text}'",
        byte[] bytes => $"b'{Encoding.ASCII.GetString(bytes)}'",
        List<object?> or object?[] or PickleDictionary when depth > 0 => "...",
        List<object?> list => $"[{string.Join(", ", list.Select(item => Show(item, depth + 1)))}]",
        object?[] tuple => $"({string.Join(", ", tuple.Select(item => Show(item, depth + 1)))})",
        PickleDictionary dictionary => $"{{{string.Join(", ", dictionary.Items.Select(item => $"{item.Key}: {Show(item.Value, depth + 1)}"))}}}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
