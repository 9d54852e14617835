#!/usr/bin/env bash
# Publishes the host and runs it from elsewhere: it must find the plugins and libtorch beside itself, and no others.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
features=$PWD/tests/fixtures/golden/a/features_proxy-nca-pp.safetensors
dotnet publish -c Release host -o "$folder/dml" --verbosity quiet --nologo
cd "$folder"
plugins=$(dml/dml plugins)
for name in bn-inception cars convnet cub eif folder glyphs inshop onnx proxy-anchor proxy-nca-pp resnet resnet50 softtriple vit; do
    grep -q "^$name " <<< "$plugins" || { echo "expected the plugin $name in the published host, found:"; echo "$plugins"; exit 1; }
done
rm -r dml/plugins/Datasets.Glyphs
plugins=$(dml/dml plugins)
if grep -q '^glyphs ' <<< "$plugins"; then echo "expected the published host to know only the plugins beside it, found one from the build"; exit 1; fi
dml/dml influence --features "$features" --loss proxy-nca-pp --pair 168:105 --out out
test -s out/influence.json
echo "The published host finds its plugins and libtorch"
