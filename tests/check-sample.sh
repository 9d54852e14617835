#!/usr/bin/env bash
# Packs the SDK, builds the sample plugin against the packages outside of this tree, and lets the built host describe it.
# The packages get a version of their own and go to a folder of their own, so that no cache keeps or serves a stale one.
set -euo pipefail
cd "$(dirname "$0")/.."
dml=$PWD/artifacts/bin/Dml.Host/release/dml
[ -x "$dml" ] || { echo "expected the host at $dml, found none; run dotnet build -c Release host first"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=0.1.0-check.$(date +%s)
feed=$folder/artifacts/packages
sample=$folder/samples/Losses.NormSoftmax
for project in Dml.Abstractions Dml.Numerics; do
    dotnet pack -c Release "sdk/$project" -o "$feed" -p:PackageVersion="$version" --verbosity quiet --nologo
done

mkdir -p "$sample"
(cd samples/Losses.NormSoftmax && cp *.cs *.csproj *.props *.targets nuget.config "$sample")
known=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
dotnet build -c Release "$sample" --verbosity quiet --nologo \
    -p:DmlSdkVersion="$version" -p:RestorePackagesPath="$folder/packages" -p:RestoreFallbackFolders="$known"

plugin=$sample/bin/plugins/Losses.NormSoftmax
for expected in Losses.NormSoftmax.dll Losses.NormSoftmax.deps.json; do
    [ -f "$plugin/$expected" ] || { echo "expected $expected in the plugin's folder, found:"; ls "$plugin"; exit 1; }
done
if ls "$plugin" | grep -E '^(Dml\.|TorchSharp|SkiaSharp|lib)'; then echo "expected none of the host's assemblies in the plugin's folder"; exit 1; fi

description=$("$dml" describe norm-softmax --plugins "$sample/bin/plugins")
for expected in 'norm-softmax: loss plugin, Losses.NormSoftmax' '"loss": { "name": "norm-softmax" }' 'scale .* 20 .* 0.001 to 1000' 'margin .* 0 .* 0 to 2'; do
    grep -q "$expected" <<< "$description" || { echo "expected \"$expected\" in the description, found:"; echo "$description"; exit 1; }
done
if plugins=$("$dml" plugins --plugins "$plugin") && grep -q 'did not load' <<< "$plugins"; then echo "$plugins"; exit 1; fi
echo "norm-softmax is built against the packages $version and described by the host"
