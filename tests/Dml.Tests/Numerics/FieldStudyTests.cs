using Dml.Numerics;

namespace Dml.Tests.Numerics;

public sealed class FieldStudyTests
{
    [Theory]
    [InlineData(100, 0, 0, nameof(RelabelKind.None))]
    [InlineData(100, 1, 1, nameof(RelabelKind.Individual))]
    [InlineData(100, 5, 5, nameof(RelabelKind.Individual))]
    [InlineData(100, 6, 6, nameof(RelabelKind.Other))]
    [InlineData(100, 9, 9, nameof(RelabelKind.Other))]
    [InlineData(100, 10, 9, nameof(RelabelKind.Centralized))]
    [InlineData(100, 10, 8, nameof(RelabelKind.Diversified))]
    [InlineData(20, 2, 2, nameof(RelabelKind.Centralized))]
    [InlineData(20, 1, 1, nameof(RelabelKind.Individual))]
    [InlineData(100, 90, 81, nameof(RelabelKind.Centralized))]
    [InlineData(100, 90, 80, nameof(RelabelKind.Diversified))]
    public void Classes_are_sorted_by_the_published_thresholds(int size, int differ, int agree, string kind)
    {
        // Class 1; those that differ but do not agree with class 0 are spread over classes of their own.
        int[] recommended = [.. Enumerable.Repeat(1, size - differ), .. Enumerable.Repeat(0, agree), .. Enumerable.Range(2, differ - agree)];
        var found = Assert.Single(RelabelPatterns.Of([.. Enumerable.Repeat(1, size)], recommended));
        Assert.Equal((size, differ, kind), (found.Size, found.Differ, found.Kind.ToString()));
        if (differ > 0) Assert.Equal((0, agree), (found.Most, found.MostCount));
    }

    [Fact]
    public void Every_class_is_counted_by_itself_and_the_smaller_of_two_equal_ones_is_named()
    {
        var found = RelabelPatterns.Of([2, 0, 2, 0, 2, 5], [4, 0, 1, 0, 2, 5]);
        Assert.Equal([new(0, 2, 0, 0, 0), new(2, 3, 2, 1, 1), new(5, 1, 0, 5, 0)], found);
    }

    [Fact]
    public void Lists_of_two_lengths_are_refused() => Assert.Throws<ArgumentException>(() => RelabelPatterns.Of([1, 2], [1]));
}
