#!/usr/bin/env bash
# The programs of samples/scripts, each one file: against the packages in an empty folder outside of this tree, where #:package takes
# the place of #:project, and one of them inside. What they print of a run is what the host prints.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dml=$root/artifacts/bin/Dml.Host/release/dml
[ -x "$dml" ] || { echo "expected the host at $dml, found none; run dotnet build -c Release host first"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bash tests/pack.sh "$folder"
version=$(basename "$folder"/feed/Dml.Engine.*.nupkg .nupkg)
mkdir "$folder/scripts"
for script in samples/scripts/*.cs; do
    lines=$(grep -cvE '^($|//|#:|using )' "$script")
    [ "$lines" -le 15 ] || { echo "expected at most 15 lines in $script, found $lines"; exit 1; }
    sed -E "s|^#:project .*|#:package Dml.Engine@${version#Dml.Engine.}|" "$script" > "$folder/scripts/$(basename "$script")"
done

run=$folder/run
"$dml" demo --out "$run" --set training.epochs=1 --set training.batchClasses=8 --set dataset.trainingClasses=12 --set dataset.testClasses=10 \
    --set dataset.samplesPerClass=8 > "$folder/demo.log" 2>&1 || { cat "$folder/demo.log"; exit 1; }
"$dml" influence "$run" --out "$folder/explained" 2> /dev/null > "$folder/expected"
first=$(head -n 1 "$folder/expected")
image=$(find "$run" -name '*.png' | sort | sed -n 1p)

cd "$folder/scripts"
export NUGET_PACKAGES=$folder/packages RestoreFallbackFolders=$folder/known RestoreAdditionalProjectSources=$folder/feed NuGetAudit=false
dotnet run explain.cs "$run" > explain.txt || { cat explain.txt; exit 1; }
[ "$(head -n 1 explain.txt)" = "$first" ] || { echo "expected \"$first\" as dml influence prints it, found:"; head -n 1 explain.txt; exit 1; }
dotnet run train.cs "$run/glyphs" "$folder/trained" > train.txt 2>&1 || { cat train.txt; exit 1; }
grep -qE '^R@1 0\.[0-9]+, [0-9]+ of' train.txt || { cat train.txt; exit 1; }
[ -s "$folder/trained/features.safetensors" ] || { echo "expected a run in $folder/trained, found:"; ls "$folder/trained"; exit 1; }
dotnet run suspects.cs "$run" "$image" > suspects.txt || { cat suspects.txt; exit 1; }
[ "$(grep -c 'of the votes)$' suspects.txt)" -eq 20 ] && [ "$(grep -cE ' at [0-9.]+$' suspects.txt)" -eq 5 ] || { cat suspects.txt; exit 1; }

cd "$root"
unset NUGET_PACKAGES RestoreFallbackFolders RestoreAdditionalProjectSources
dotnet run -c Release samples/scripts/explain.cs "$run" > "$folder/inside.txt" || { cat "$folder/inside.txt"; exit 1; }
cmp "$folder/inside.txt" "$folder/scripts/explain.txt"
echo "Three scripts run against the packages outside of the tree and one inside, and print what the host prints"
