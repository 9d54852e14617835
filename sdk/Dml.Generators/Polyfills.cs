// ReSharper disable once CheckNamespace
namespace System.Runtime.CompilerServices;

/// <summary>Lets records with init accessors compile for netstandard2.0, which every compiler host can load.</summary>
internal static class IsExternalInit;
