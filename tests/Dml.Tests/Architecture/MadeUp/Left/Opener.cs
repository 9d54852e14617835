using Dml.Tests.Architecture.MadeUp.Below;
using Dml.Tests.Architecture.MadeUp.Right;

namespace Dml.Tests.Architecture.MadeUp.Left;

/// <summary>Uses the other side as a generic argument within a lambda alone.</summary>
internal sealed class Opener : IGround
{
    public const int Width = 3;

    public static Func<object> Make => () => new List<Closer>();
}
