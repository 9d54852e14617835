#!/usr/bin/env bash
# Packs the SDK, builds the sample plugin against the packages outside of this tree, and lets the built host describe it.
# Packages are restored to a folder of their own, so that no cache keeps or serves a stale one.
set -euo pipefail
cd "$(dirname "$0")/.."
dml=$PWD/artifacts/bin/Dml.Host/release/dml
[ -x "$dml" ] || { echo "expected the host at $dml, found none; run dotnet build -c Release host first"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sample=$folder/samples/Losses.AmSoftmax
bash tests/pack.sh "$folder"
mkdir -p "$sample" "$folder/artifacts"
ln -s "$folder/feed" "$folder/artifacts/packages"
(cd samples/Losses.AmSoftmax && cp *.cs *.csproj *.props *.targets nuget.config "$sample")
dotnet build -c Release "$sample" --verbosity quiet --nologo -p:RestorePackagesPath="$folder/packages" -p:RestoreFallbackFolders="$folder/known"

plugin=$sample/bin/plugins/Losses.AmSoftmax
for expected in Losses.AmSoftmax.dll Losses.AmSoftmax.deps.json; do
    [ -f "$plugin/$expected" ] || { echo "expected $expected in the plugin's folder, found:"; ls "$plugin"; exit 1; }
done
if ls "$plugin" | grep -E '^(Dml\.|TorchSharp|SkiaSharp|lib)'; then echo "expected none of the host's assemblies in the plugin's folder"; exit 1; fi

description=$("$dml" describe am-softmax --plugins "$sample/bin/plugins")
for expected in 'am-softmax: loss plugin, Losses.AmSoftmax' '"loss": { "name": "am-softmax" }' 'scale .* 20 .* 0.001 to 1000' 'margin .* 0 .* 0 to 2'; do
    grep -q "$expected" <<< "$description" || { echo "expected \"$expected\" in the description, found:"; echo "$description"; exit 1; }
done
if plugins=$("$dml" plugins --plugins "$plugin") && grep -q 'did not load' <<< "$plugins"; then echo "$plugins"; exit 1; fi
echo "am-softmax is built against the packages and described by the host"
