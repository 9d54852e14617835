using System.Globalization;

namespace Dml.Storage;

/// <summary>Parses the dictionary literal of an .npy header: texts, True and False, and a tuple of whole numbers; nothing else.</summary>
/// <param name="source">The file, for messages.</param>
/// <param name="start">First byte of the literal in the file.</param>
/// <param name="text">The literal.</param>
internal sealed class NpyLiteral(ByteSource source, long start, string text)
{
    private int _at;

    /// <summary>The three entries, in any order, each once.</summary>
    public (string Descr, bool FortranOrder, long[] Shape) Read()
    {
        string? descr = null;
        bool? fortran = null;
        long[]? shape = null;
        Expect('{');
        while (!TryTake('}'))
        {
            var key = Text();
            Expect(':');
            switch (key)
            {
                case "descr" when descr is null:
                    descr = Text();
                    break;
                case "fortran_order" when fortran is null:
                    fortran = Flag();
                    break;
                case "shape" when shape is null:
                    shape = Sizes();
                    break;
                default:
                    throw Wrong("descr, fortran_order and shape, each once");
            }

            if (TryTake(',')) continue;
            Expect('}');
            break;
        }

        SkipBlanks();
        if (_at < text.Length) throw Wrong("the end of the header");
        return descr is null || fortran is null || shape is null ? throw Wrong("descr, fortran_order and shape") : (descr, fortran.Value, shape);
    }

    private string Text()
    {
        SkipBlanks();
        if (_at >= text.Length || text[_at] is not ('\'' or '"')) throw Wrong("a quoted text");
        var end = text.IndexOf(text[_at], _at + 1);
        if (end < 0 || end - _at > 64) throw Wrong("a short quoted text");
        var value = text[(_at + 1)..end];
        _at = end + 1;
        return value;
    }

    private bool Flag() => TryWord("True") || (TryWord("False") ? false : throw Wrong("True or False"));

    private bool TryWord(string word)
    {
        SkipBlanks();
        if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0) return false;
        _at += word.Length;
        return true;
    }

    private long[] Sizes()
    {
        Expect('(');
        var sizes = new List<long>();
        while (!TryTake(')'))
        {
            if (sizes.Count == TensorForm.MostDimensions) throw Wrong($"at most {TensorForm.MostDimensions} dimensions");
            sizes.Add(Number());
            if (TryTake(',')) continue;
            Expect(')');
            break;
        }

        return [.. sizes];
    }

    private long Number()
    {
        SkipBlanks();
        var end = _at;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        if (!long.TryParse(text.AsSpan(_at, end - _at), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) throw Wrong("a size");
        _at = end;

        // Python 2 wrote long numbers with an L.
        if (_at < text.Length && text[_at] == 'L') _at++;
        return number;
    }

    private bool TryTake(char token)
    {
        SkipBlanks();
        if (_at >= text.Length || text[_at] != token) return false;
        _at++;
        return true;
    }

    private void Expect(char token)
    {
        if (!TryTake(token)) throw Wrong($"'{token}'");
    }

    private void SkipBlanks()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
    }

    private DmlException Wrong(string expected) => NpyHeader.Broken(
        source, start + _at, expected, _at < text.Length && !char.IsControl(text[_at]) && !char.IsSurrogate(text[_at]) ? $"'{text[_at]}'" : "something else");
}
