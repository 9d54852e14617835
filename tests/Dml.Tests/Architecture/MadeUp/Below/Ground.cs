namespace Dml.Tests.Architecture.MadeUp.Below;

internal interface IGround
{
}
