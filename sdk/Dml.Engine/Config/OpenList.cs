using System.Reflection;

namespace Dml.Engine.Config;

/// <summary>Lists that grow by a file alone: every class of the engine that derives from a base class is an item, and no other place names it.</summary>
internal static class OpenList
{
    /// <summary>An instance of each class with a constructor without parameters; one that takes parameters is made by hand where it is needed.</summary>
    /// <typeparam name="T">The base class.</typeparam>
    /// <param name="name">The name by which items are asked for; the list is in ordinal order of it.</param>
    /// <exception cref="InvalidOperationException">Two items have one name.</exception>
    public static IReadOnlyList<T> Of<T>(Func<T, string> name) where T : class
    {
        T[] items =
        [
            .. typeof(T).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(T)))
                .Select(type => type.GetConstructor(BindingFlags.Instance | BindingFlags.Public, []))
                .OfType<ConstructorInfo>().Select(constructor => (T)constructor.Invoke(null)).OrderBy(name, StringComparer.Ordinal),
        ];
        foreach (var (one, next) in items.Zip(items.Skip(1)))
        {
            if (name(one) == name(next))
            {
                throw new InvalidOperationException(
                    $"Expected names that differ, found \"{name(one)}\" in {one.GetType()} and {next.GetType()}; rename one of them.");
            }
        }

        return items;
    }
}
