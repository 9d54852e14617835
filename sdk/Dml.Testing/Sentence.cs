using System.Globalization;
using System.Runtime.CompilerServices;

namespace Dml.Testing;

/// <summary>The sentence of a failed check: put together, in the invariant culture, only where the condition does not hold.</summary>
[InterpolatedStringHandler]
internal ref struct Sentence
{
    private DefaultInterpolatedStringHandler _text;

    public Sentence(int literalLength, int formattedCount, bool condition, out bool isTold)
    {
        isTold = !condition;
        _text = isTold ? new(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

    public string Take() => _text.ToStringAndClear();
}
