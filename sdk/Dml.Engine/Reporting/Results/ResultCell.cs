using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dml.Storage;

namespace Dml.Engine.Reporting;

/// <summary>A cell of a table: a text, or a number with the form in which people read it; files hold the number with all its digits.</summary>
/// <param name="Text">The text; null for a number.</param>
/// <param name="Number">The number; null for a text, or where there is no figure.</param>
/// <param name="Form">How the number is shown.</param>
[JsonConverter(typeof(ResultCellConverter))]
internal readonly record struct ResultCell(string? Text, double? Number = null, CellForm Form = CellForm.Decimals)
{
    public static implicit operator ResultCell(string text) => new(text);

    public static implicit operator ResultCell(int count) => new(null, count, CellForm.Count);

    /// <summary>Three decimals.</summary>
    public static ResultCell Of(double? value) => new(null, value);

    /// <summary>A share in [0, 1].</summary>
    public static ResultCell Share(double? value) => new(null, value, CellForm.Share);

    /// <summary>Three significant digits, for figures that may be very small.</summary>
    public static ResultCell Short(double? value) => new(null, value, CellForm.Short);

    /// <summary>As people read it.</summary>
    public string Shown => Text ?? (Number is not { } number ? "" : Form switch
    {
        CellForm.Count => Figures.Count((long)number),
        CellForm.Share => Figures.Percent(number),
        CellForm.Short => Figures.Short(number),
        _ => Figures.Fixed(number, 3),
    });

    /// <summary>As a field of a CSV file.</summary>
    public string Field => Text is { } text ? Csv.Quote(text) : Number?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}

/// <summary>How a number of a table is shown.</summary>
internal enum CellForm
{
    /// <summary>Three decimals.</summary>
    Decimals,

    /// <summary>A whole number.</summary>
    Count,

    /// <summary>Per cent.</summary>
    Share,

    /// <summary>Three significant digits.</summary>
    Short,
}

/// <summary>Writes a cell as a JSON text, number or null; its form is the reader's guess: whole numbers are counts.</summary>
internal sealed class ResultCellConverter : JsonConverter<ResultCell>
{
    public override bool HandleNull => true;

    public override ResultCell Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => new(reader.GetString()),
        JsonTokenType.Number => reader.TryGetInt32(out var whole) ? whole : ResultCell.Of(reader.GetDouble()),
        JsonTokenType.Null => ResultCell.Of(null),
        _ => throw new JsonException("expected a text, a number or null"),
    };

    public override void Write(Utf8JsonWriter writer, ResultCell value, JsonSerializerOptions options)
    {
        if (value.Text is { } text) writer.WriteStringValue(text);
        else if (value.Number is { } number && double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}
