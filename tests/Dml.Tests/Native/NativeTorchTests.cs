using System.Buffers.Binary;
using System.Text;
using Dml.Tests.Support;
using Dml.Torch;

namespace Dml.Tests.Native;

public sealed class NativeTorchTests
{
    [Fact]
    public void Libtorch_is_loaded_from_one_folder_and_a_second_call_does_nothing()
    {
        var folder = NativeTorch.Folder;
        Assert.True(File.Exists(Path.Combine(folder!, "libtorch_cpu.so")));
        NativeTorch.EnsureLoaded();
        Assert.Equal(folder, NativeTorch.Folder);
    }

    [Fact]
    public void The_users_own_folder_comes_first_and_its_lib_folder_is_found()
    {
        using var own = new TemporaryFolder();
        own.Write("lib/libtorch_cpu.so", "");
        Assert.Equal(own.File("lib"), NativeTorch.FindFolder(own.Path, [NativeTorch.Folder!]));
        Assert.Equal(NativeTorch.Folder, NativeTorch.FindFolder(null, ["/nowhere", NativeTorch.Folder!]));
    }

    [Fact]
    public void A_named_folder_without_libtorch_is_told_with_the_remedy()
    {
        var error = Assert.Throws<DmlException>(() => NativeTorch.FindFolder("/nowhere", [NativeTorch.Folder!]));
        Assert.Equal(
            "DML_LIBTORCH should name a folder that holds libtorch_cpu.so, found none in /nowhere nor in /nowhere/lib; "
                + "correct the variable or unset it to use the shipped libtorch.",
            error.Message);
    }

    [Fact]
    public void A_missing_libtorch_is_told_with_the_folders_looked_in() =>
        Assert.StartsWith(
            "Expected libtorch_cpu.so in one of /a, /b, found none;", Assert.Throws<DmlException>(() => NativeTorch.FindFolder(null, ["/a", "/b"])).Message);

    [Fact]
    public void A_shim_that_is_no_library_is_told_with_its_path()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DmlException>(() => NativeTorch.LoadShim(folder.Write("libLibTorchSharp.so", "no library")));
        Assert.Contains(folder.File("libLibTorchSharp.so"), error.Message);
        Assert.Contains("DML_LIBTORCH", error.Message);
    }

    [Fact]
    public void Marking_a_version_weak_changes_one_bit_of_a_copy_of_the_real_shim()
    {
        var path = Path.Combine((string)AppContext.GetData("Dml.LibTorchSharpDir")!, "libLibTorchSharp.so");
        var before = File.ReadAllBytes(path);
        var after = before.ToArray();
        Assert.True(ElfVersionNeeds.MarkWeak(after, "GLIBCXX_3.4.32"));
        Assert.Equal(1, before.Zip(after).Sum(x => int.PopCount(x.First ^ x.Second)));
        Assert.False(ElfVersionNeeds.MarkWeak(after, "GLIBCXX_9.9.99"));
        Assert.True(ElfVersionNeeds.MarkWeak(before, "GLIBCXX_3.4.32"));
        Assert.Equal(before, after);
    }

    [Fact]
    public void A_handmade_section_is_read_entry_by_entry()
    {
        // One section header table with a string section (0) and a verneed section (1) that holds one file with two versions.
        var elf = new byte[512];
        Encoding.Latin1.GetBytes("\u007fELF\u0002\u0001").CopyTo(elf, 0);
        Put64(0x28, 64);
        Put16(0x3A, 64);
        Put16(0x3C, 2);
        Put64(64 + 24, 300);
        Encoding.ASCII.GetBytes("\0V_1\0V_12\0").CopyTo(elf, 300);
        Put32(128 + 4, 0x6ffffffe);
        Put64(128 + 24, 200);
        Put32(128 + 40, 0);
        Put16(202, 2);
        Put32(208, 16);
        Put32(216 + 8, 5);
        Put32(216 + 12, 16);
        Put32(232 + 8, 1);
        Assert.True(ElfVersionNeeds.MarkWeak(elf, "V_1"));
        Assert.Equal((0, 2), (elf[216 + 4], elf[232 + 4]));
        Assert.False(ElfVersionNeeds.MarkWeak("not elf"u8.ToArray(), "V_1"));

        void Put16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(at), value);
        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(at), value);
        void Put64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(at), value);
    }

    [Fact]
    public void Plugin_and_sdk_outputs_hold_no_libtorch()
    {
        var plugins = (string)AppContext.GetData("Dml.PluginsDir")!;
        var artifacts = Path.GetFullPath(Path.Combine(plugins, "..", ".."));
        var folders = Directory.GetDirectories(Path.Combine(artifacts, "bin"), "Dml.*").Append(plugins);
        var files = folders.SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories)).Select(Path.GetFileName);
        Assert.DoesNotContain(files, name => name!.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase));
    }
}
