#!/usr/bin/env bash
# Every dml command that docs/compare shows works, in the order of each page, on a small run of drawn characters. `dml open` alone is left out: it serves
# until it is stopped, and has tests of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dml=$root/artifacts/bin/Dml.Host/release/dml
[ -x "$dml" ] || { echo "expected the host at $dml, found none; run dotnet build -c Release host first"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
dml() { "$dml" "$@" > last.log 2>&1 || { echo "dml $*"; cat last.log; exit 1; }; }

# What the pages suppose: a config, a run of it, and the run's features as those of a model trained elsewhere.
cat > mine.json << 'JSON'
{ "dataset": { "name": "glyphs", "root": "drawn", "trainingClasses": 12, "testClasses": 8, "samplesPerClass": 8, "size": 32 },
  "noise": { "share": 0.1 }, "images": { "size": 32 }, "backbone": { "name": "convnet", "channels": [ 8, 16 ] },
  "loss": { "name": "proxy-nca-pp", "scale": 3 }, "training": { "epochs": 2, "batchClasses": 6, "batchImages": 4, "embeddingSize": 16 } }
JSON
dml train mine.json --out runs/mine
for copy in model epoch1 epoch2; do cp runs/mine/features.safetensors "$copy.safetensors"; done
cp "$(find drawn -name '*.png' | sort | head -n 1)" new.png

count=0
for page in "$root"/docs/compare/*.md; do
    while IFS= read -r line; do
        line=${line%%  #*}
        case $line in "dml open "*) continue ;; esac
        eval "$line"
        count=$((count + 1))
    done < <(awk '/^```/ { inside = $0 == "```sh"; next } inside && /^dml / { print }' "$page")
    # Each page begins with the run alone.
    find runs -mindepth 1 -maxdepth 1 ! -name mine -exec rm -r {} +
    rm -rf explained audited
done
[ "$count" -ge 30 ] || { echo "expected at least 30 commands in docs/compare, found $count"; exit 1; }
echo "$count commands of docs/compare work"
