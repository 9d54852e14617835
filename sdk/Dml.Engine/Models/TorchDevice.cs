using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Engine.Models;

/// <summary>Chooses the device of a run by its name.</summary>
internal static class TorchDevice
{
    /// <summary>The device of a name.</summary>
    /// <param name="name">auto, cpu, cuda or cuda:n.</param>
    /// <exception cref="DmlException">The name is none of these, or there is no such GPU.</exception>
    public static Device Resolve(string name)
    {
        if (name == "cpu" || (name == "auto" && !cuda_is_available())) return CPU;
        var parts = name.Split(':');
        var index = 0;
        if (name is not ("auto" or "cuda")
            && (parts is not ["cuda", var number] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out index)))
        {
            throw new DmlException($"device: expected auto, cpu, cuda or cuda:n, found \"{name}\".");
        }

        if (!cuda_is_available())
        {
            throw new DmlException(
                $"device: expected a GPU for \"{name}\", but this libtorch finds none; choose cpu, or give a CUDA build of libtorch with DML_LIBTORCH.");
        }

        return index < cuda.device_count() ? new Device(DeviceType.CUDA, index)
            : throw new DmlException($"device: expected a GPU of number 0 to {cuda.device_count() - 1}, found {index}.");
    }
}
