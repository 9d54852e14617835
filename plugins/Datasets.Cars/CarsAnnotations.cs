using System.Globalization;
using Dml.Numerics.Annotations;

namespace Dml.Plugins;

/// <summary>
/// The annotations: a structure array <c>annotations</c> with one element an image, of whose fields the path (<c>relative_im_path</c>
/// in cars_annos.mat, <c>fname</c> in the lists of the development kit) and <c>class</c> (from 1) count and the others (box, published split)
/// are passed over, and a cell array <c>class_names</c>, which the kit has in cars_meta.mat.
/// </summary>
internal sealed class CarsAnnotations
{
    private const string AnnotationsName = "annotations";
    private const string NamesName = "class_names";
    private const string PathField = "relative_im_path";
    private const string KitPathField = "fname";
    private const string ClassField = "class";
    private const string ClassWords = $"{ClassField} of annotation";
    private const string NameWords = "the name of class";
    private const int MostClasses = 100_000;

    private readonly List<CarAnnotation> _images = [];
    private readonly CancellationToken _cancellationToken;
    private readonly string? _folder;
    private readonly string _pathField;
    private IReadOnlyList<string>? _names;
    private (MatArray Array, int Image) _highest;

    private CarsAnnotations(string? folder, IReadOnlyList<string>? names, CancellationToken cancellationToken)
    {
        (_folder, _names, _cancellationToken) = (folder, names, cancellationToken);
        _pathField = folder is null ? PathField : KitPathField;
    }

    /// <summary>The images in the file's order.</summary>
    public IReadOnlyList<CarAnnotation> Images => _images;

    /// <summary>Name of each class; "class 1" and so on where the file has none.</summary>
    public IReadOnlyList<string> Names => _names!;

    /// <summary>Reads the file.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is missing, damaged or of another kind.</exception>
    public static CarsAnnotations Read(string path, CancellationToken cancellationToken) => Read(MatFile.Open(path), cancellationToken);

    /// <summary>Reads one of the two lists of the development kit.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="folder">The folder of its images, relative to the root.</param>
    /// <param name="names">Names of the classes, or null where none are known.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is missing, damaged or of another kind.</exception>
    public static CarsAnnotations Read(string path, string folder, IReadOnlyList<string>? names, CancellationToken cancellationToken) =>
        Read(MatFile.Open(path), new CarsAnnotations(folder, names, cancellationToken));

    /// <summary>Reads the names of cars_meta.mat.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is damaged or of another kind.</exception>
    public static IReadOnlyList<string> ReadNames(string path, CancellationToken cancellationToken)
    {
        var meta = new CarsAnnotations(null, null, cancellationToken);
        MatFile.Open(path).Visit(variable =>
        {
            if (variable.Name == NamesName) meta.ReadNames(variable);
        });
        return meta._names ?? throw new DmlException($"{path}: expected a variable {NamesName}, found none; fetch the file again.");
    }

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DmlException">It is damaged or of another kind.</exception>
    public static CarsAnnotations Read(MatFile file, CancellationToken cancellationToken) => Read(file, new CarsAnnotations(null, null, cancellationToken));

    private static CarsAnnotations Read(MatFile file, CarsAnnotations annotations)
    {
        var others = new List<string>();
        file.Visit(variable =>
        {
            if (variable.Name == AnnotationsName) annotations.ReadImages(variable);
            else if (variable.Name == NamesName) annotations.ReadNames(variable);
            else if (others.Count < 10) others.Add($"\"{variable.Name}\"");
        });
        if (annotations._images.Count == 0)
        {
            throw new DmlException($"{file.Path}: expected a variable {AnnotationsName}, found {(others.Count == 0 ? "none" : string.Join(", ", others))}; "
                + (annotations._folder is null ? "use cars_annos.mat, which covers the training and the test images together." : "fetch the file again."));
        }

        annotations.CheckClasses();
        return annotations;
    }

    private void ReadImages(MatArray variable)
    {
        if (_images.Count > 0) throw variable.Broken($"one variable {AnnotationsName}", "a second one");
        if (variable.Class != MatClass.Struct || variable.Count == 0)
        {
            throw variable.Broken(
                $"{AnnotationsName} as a structure array with one element an image", $"{variable.Count} elements of class {(int)variable.Class}");
        }

        var fields = variable.FieldNames();
        foreach (var needed in new[] { _pathField, ClassField })
        {
            if (fields.Count(f => f == needed) != 1)
            {
                throw variable.Broken($"one field {needed} of {AnnotationsName}", $"the fields {string.Join(", ", fields)}");
            }
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < variable.Count; i++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var (image, classIndex) = ("", 0);
            foreach (var field in fields)
            {
                var value = variable.Child();
                if (field == _pathField) image = Image(value, i, seen);
                else if (field == ClassField) classIndex = Class(value, i);
                value.Finish();
            }

            _images.Add(new(image, classIndex));
        }

        variable.Finish();
    }

    private string Image(MatArray value, int index, HashSet<string> seen)
    {
        var words = $"{_pathField} of annotation";
        var path = value.Text(words, index + 1);
        if (!ImageFiles.IsRelative(path)) throw value.Broken($"{words} {index + 1} as a path relative to the root with forward slashes", $"\"{path}\"");
        if (_folder is not null) path = $"{_folder}/{path}";
        return seen.Add(path) ? path : throw value.Broken("every image once", $"{path} again in annotation {index + 1}");
    }

    private int Class(MatArray value, int index)
    {
        var number = value.Number(ClassWords, index + 1);
        if (number is not (>= 1 and <= MostClasses) || number != Math.Floor(number))
        {
            throw value.Broken($"{ClassWords} {index + 1} as a whole number from 1", number.ToString(CultureInfo.InvariantCulture));
        }

        var classIndex = (int)number - 1;
        if (_highest.Array is null || classIndex > _images[_highest.Image].ClassIndex) _highest = (value, index);
        return classIndex;
    }

    private void ReadNames(MatArray variable)
    {
        if (_names is not null) throw variable.Broken($"one variable {NamesName}", "a second one");
        if (variable.Class != MatClass.Cell || variable.Count is 0 or > MostClasses)
        {
            throw variable.Broken($"{NamesName} as a cell array of 1 to {MostClasses} names", $"{variable.Count} elements of class {(int)variable.Class}");
        }

        var names = new List<string>();
        for (var i = 0; i < variable.Count; i++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var value = variable.Child();
            var name = value.Text(NameWords, i + 1);
            if (string.IsNullOrWhiteSpace(name)) throw value.Broken($"{NameWords} {i + 1}", "an empty text");
            names.Add(name);
            value.Finish();
        }

        _names = names;
        variable.Finish();
    }

    /// <summary>The names may come before or after the images.</summary>
    private void CheckClasses()
    {
        var highest = _images[_highest.Image].ClassIndex + 1;
        _names ??= [.. Enumerable.Range(1, highest).Select(i => $"class {i}")];
        if (highest > _names.Count)
        {
            throw _highest.Array.Broken($"{ClassWords} {_highest.Image + 1} from 1 to {_names.Count}, the number of {NamesName},", $"{highest}");
        }
    }
}
