using Dml.Tests.Architecture.MadeUp.Left;

namespace Dml.Tests.Architecture.MadeUp.Right;

/// <summary>Uses a constant of the other side, of which the compiled assembly keeps the number alone.</summary>
internal sealed class Closer
{
    public static int Half => Opener.Width / 2;
}
