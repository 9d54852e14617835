namespace Dml.Plugins;

/// <summary>
/// The classes as strokes. They come in families: the first class of a family is its prototype, each other one has one stroke of
/// the prototype replaced, so that a model must look at every stroke. No family is in both training and test.
/// </summary>
internal static class GlyphAlphabet
{
    /// <summary>Least difference of a replaced stroke from the prototype's and from its siblings': an eighth of the glyph's width.</summary>
    private const double LeastDifference = 0.12;

    private const int Tries = 200;

    /// <summary>The strokes of each class, training classes first.</summary>
    /// <param name="settings">How many classes, their families and strokes.</param>
    public static Stroke[][] Draw(GlyphManifest settings) =>
        [.. Part(settings, 0, settings.TrainingClasses), .. Part(settings, 1, settings.TestClasses)];

    private static IEnumerable<Stroke[]> Part(GlyphManifest settings, int part, int count) =>
        Enumerable.Range(0, (count + settings.FamilySize - 1) / settings.FamilySize)
            .SelectMany(family => Family(new GlyphRandom(settings.Seed, part, family), settings))
            .Take(count);

    private static List<Stroke[]> Family(GlyphRandom random, GlyphManifest settings)
    {
        var prototype = new Stroke[random.Whole((settings.Strokes + 1) / 2, settings.Strokes)];
        for (var i = 0; i < prototype.Length; i++)
        {
            // Two of three strokes start where another ends, as in writing.
            prototype[i] = Any(random, i > 0 && random.Whole(0, 2) > 0 ? prototype[random.Whole(0, i - 1)].End : null);
        }

        List<Stroke[]> family = [prototype];
        while (family.Count < settings.FamilySize) family.Add(Sibling(random, family));
        return family;
    }

    private static Stroke[] Sibling(GlyphRandom random, List<Stroke[]> family)
    {
        var prototype = family[0];
        var changed = random.Whole(0, prototype.Length - 1);
        var (best, difference) = (prototype[changed], 0.0);
        for (var i = 0; i < Tries && difference < LeastDifference; i++)
        {
            var candidate = Any(random, random.Whole(0, 1) == 0 ? prototype[changed].End : null);
            var nearest = family.Min(member => member[changed].DifferenceFrom(candidate));
            if (nearest > difference) (best, difference) = (candidate, nearest);
        }

        var sibling = prototype.ToArray();
        sibling[changed] = best;
        return sibling;
    }

    private static Stroke Any(GlyphRandom random, Point? start)
    {
        var from = start ?? Grid(random);
        switch (random.Whole(0, 3))
        {
            case 0:
                var far = Away(random, from, 0.45);
                return new(StrokeShape.Angle, from, 0.5 * (from + far), far);
            case 1:
                var corner = Away(random, from, 0.3);
                return new(StrokeShape.Angle, from, corner, Away(random, corner, 0.3));
            case 2:
                var control = Away(random, from, 0.4);
                return new(StrokeShape.Curve, from, control, Away(random, control, 0.4));
            default:
                Point centre = new(random.Whole(2, 6) / 8.0, random.Whole(2, 6) / 8.0);
                var radius = random.Whole(2, 4) / 16.0 + 0.0625;
                var side = random.Whole(0, 3);
                var spoke = side switch { 0 => new Point(radius, 0), 1 => new(-radius, 0), 2 => new(0, radius), _ => new Point(0, -radius) };
                return new(StrokeShape.Arc, centre, centre + spoke, default, 6 * random.Whole(2, 4));
        }
    }

    private static Point Grid(GlyphRandom random) => new(random.Whole(0, 4) / 4.0, random.Whole(0, 4) / 4.0);

    private static Point Away(GlyphRandom random, Point from, double distance)
    {
        // Some grid point is always far enough, so this ends.
        Point point;
        do point = Grid(random);
        while (point.DistanceTo(from) < distance);
        return point;
    }
}
