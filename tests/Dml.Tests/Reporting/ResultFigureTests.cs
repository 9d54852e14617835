using System.Globalization;
using System.Xml.Linq;
using Dml.Engine.Reporting;

namespace Dml.Tests.Reporting;

public sealed class ResultFigureTests
{
    private static ResultFigure Bars(params FigureBar[] bars) => new("bars", "A title <&", "an axis", "") { Bars = bars };

    [Fact]
    public void Bars_are_as_long_as_their_values_on_both_sides_of_zero()
    {
        var figure = Render(Bars(new("a", 2, 1, 3), new("b & c", -1), new("d", 0.5)));
        var bars = WithClass(figure, "bar").ToList();
        var axis = Number(WithClass(figure, "axis").Single(), "x1");
        var unit = Number(bars[0], "width") / 2;
        Assert.Equal(axis, Number(bars[0], "x"), 0.02);
        Assert.Equal(axis, Number(bars[1], "x") + Number(bars[1], "width"), 0.02);
        Assert.Equal(unit, Number(bars[1], "width"), 0.02);
        Assert.Equal(unit / 2, Number(bars[2], "width"), 0.02);
        var interval = WithClass(figure, "interval").Single();
        Assert.Equal(axis + unit, Number(interval, "x1"), 0.02);
        Assert.Equal(axis + (3 * unit), Number(interval, "x2"), 0.02);
        Assert.Contains(figure.Descendants(), x => x.Value == "b & c");
    }

    [Fact]
    public void On_a_logarithmic_scale_a_factor_of_ten_is_one_distance()
    {
        var figure = Render(Bars(new("a", 0.001), new("b", 0.01), new("c", 10)) with { Logarithmic = true });
        var widths = WithClass(figure, "bar").Select(b => Number(b, "width")).ToList();
        var decade = widths[1] - widths[0];
        Assert.True(decade > 5);
        Assert.Equal(3 * decade, widths[2] - widths[1], 0.05);
        Assert.Contains(figure.Descendants(), x => x.Value == "an axis, logarithmic scale");
    }

    [Fact]
    public void Bars_of_nothing_but_zero_render()
    {
        var figure = Render(Bars(new("a", 0), new("b", 0)) with { Shares = true });
        Assert.All(WithClass(figure, "bar"), b => Assert.Equal(0.5, Number(b, "width")));
        Assert.Contains(figure.Descendants(), x => x.Value == "0.0\u202F%");
    }

    [Fact]
    public void An_image_that_is_gone_leaves_its_frame_and_a_wrong_label_is_told()
    {
        PictureImage gone = new("/nowhere/a.png", "rook", "+0.1") { Truth = "crow" };
        var figure = Render(new("picture", "rook taken for crow", "", "")
        {
            Strips = [new("confused", [gone with { Truth = null }]), new("harmful", [gone]), new("helpful", [])],
        });
        Assert.DoesNotContain(figure.Descendants(), x => x.Name.LocalName == "image");
        Assert.Equal("rook, truly crow, a.png", WithClass(figure, "wrong").Single().Value);
        Assert.Contains(figure.Descendants(), x => x.Value == "none");
    }

    private static XDocument Render(ResultFigure figure) => XDocument.Parse(figure.Render().Markup);

    private static IEnumerable<XElement> WithClass(XDocument document, string name) =>
        document.Descendants().Where(x => ((string?)x.Attribute("class") ?? "").Split(' ').Contains(name));

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
