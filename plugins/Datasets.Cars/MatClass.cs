namespace Dml.Plugins;

/// <summary>What an array is (MAT-File Format, table "array types"); the numeric classes are 6 to 15.</summary>
internal enum MatClass
{
    None = 0,
    Cell = 1,
    Struct = 2,
    Object = 3,
    Char = 4,
    Sparse = 5,
    Double = 6,
    UInt64 = 15,
    Function = 16,
    Opaque = 17,
}
