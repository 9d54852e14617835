#!/usr/bin/env bash
# What the guides show works outside of this tree, word for word: the project files of docs/plugins.md and the code of every guide are
# taken out of the pages, built against the packages in an empty folder, checked by Dml.Testing, and used by the built host.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dml=$root/artifacts/bin/Dml.Host/release/dml
[ -x "$dml" ] || { echo "expected the host at $dml, found none; run dotnet build -c Release host first"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bash tests/pack.sh "$folder"

# The fenced blocks of a language in the guides, one file each: NAME-NUMBER.LANGUAGE.
mkdir "$folder/blocks"
for guide in plugins losses backbones estimators datasets training compare/torchsharp; do
    awk -v stem="$folder/blocks/${guide##*/}" '
        /^```/ { if (file) { close(file); file = "" } else if ($0 ~ /^```(csharp|xml)$/) file = sprintf("%s-%02d.%s", stem, ++count, substr($0, 4)); next }
        file { print > file }' "docs/$guide.md"
done

plugins=$folder/MyPlugins tests=$folder/MyPlugins.Tests
mkdir "$plugins" "$tests"
for block in "$folder"/blocks/*; do
    # A block whose first line names a file is that file, of a solution of its own.
    place=$(sed -nE '1s#^(//|<!--) ([A-Za-z]+(/[A-Za-z.]+)+)( -->)?$#\2#p' "$block")
    if [ -n "$place" ]; then
        mkdir -p "$folder/$(dirname "$place")"
        cp "$block" "$folder/$place"
        continue
    fi
    case $block in
        *.xml)
            if grep -q 'PackageReference Include="Dml.Testing"' "$block"; then cp "$block" "$tests/MyPlugins.Tests.csproj"
            elif grep -q PackageReference "$block"; then cp "$block" "$plugins/MyPlugins.csproj"; fi ;;
        *.csharp)
            if grep -q '^namespace ' "$block"; then cp "$block" "$plugins/$(basename "$block" .csharp).cs"; else cat "$block" >> "$tests/Program.cs"; fi ;;
    esac
done

sources=$(find "$plugins" -name '*.cs' | wc -l) checks=$(grep -c 'Conformance.Check' "$tests/Program.cs")
[ "$sources" -ge 6 ] && [ "$checks" -ge 3 ] || { echo "expected at least 6 blocks of plugins and 3 checks in the guides, found $sources and $checks"; exit 1; }
restore=(
    -p:RestorePackagesPath="$folder/packages" -p:RestoreFallbackFolders="$folder/known"
    -p:RestoreAdditionalProjectSources="$folder/feed" -p:NuGetAudit=false)
dotnet build -c Release "$tests" --verbosity quiet --nologo "${restore[@]}"
"$tests/bin/Release/net10.0/MyPlugins.Tests"

# The solution of several plugins, by the commands of the page. The SDK of its projects comes from the feed that NuGet knows.
feed=$(realpath "$folder/feed") known=$(realpath "$folder/known")
version=$(sed -nE 's:.*<Version>(.*)</Version>.*:\1:p' Directory.Build.props)
cat > "$folder/Workshop/nuget.config" << XML
<configuration>
  <packageSources><clear /><add key="feed" value="$feed" /></packageSources>
  <fallbackPackageFolders><clear /><add key="known" value="$known" /></fallbackPackageFolders>
</configuration>
XML
echo "{ \"msbuild-sdks\": { \"Dml.Sdk\": \"$version\" } }" > "$folder/Workshop/global.json"
(
    export NUGET_PACKAGES=$folder/packages DOTNET_NOLOGO=1
    cd "$folder/Workshop"
    dotnet run -c Release --project Workshop.Tests > run.log 2>&1 || { cat run.log; exit 1; }
    "$dml" plugins --plugins . > found.log 2>&1 || { cat found.log; exit 1; }
    for found in bounded unbounded; do grep -q "^ *$found " found.log || { echo "expected $found among the plugins of the solution, found:"; cat found.log; exit 1; }; done
    if grep -A 9 'did not load' found.log; then exit 1; fi
    dotnet pack -c Release Scorers.Unbounded --verbosity quiet --nologo > pack.log 2>&1 || { cat pack.log; exit 1; }
    entries=$(grep -aoE 'plugin/[A-Za-z.]+\.dll' Scorers.Unbounded/bin/Release/*.nupkg | sort -u)
    for file in Scorers.Unbounded Workshop.Shared ICSharpCode.SharpZipLib; do
        grep -qx "plugin/$file.dll" <<< "$entries" || { echo "expected $file.dll in the package of the scorer, found:"; echo "$entries"; exit 1; }
    done
)

cd "$folder"
output=MyPlugins/bin/Release/net10.0
if "$dml" plugins --plugins "$output" | grep -A 9 'did not load'; then exit 1; fi
small=(--set training.epochs=1 --set images.size=32 --set 'training.batchClasses=4' --set 'training.batchImages=2')
cat > glyphs.json << 'JSON'
{ "dataset": { "name": "glyphs", "trainingClasses": 8, "testClasses": 6, "samplesPerClass": 4, "size": 32 },
  "backbone": { "name": "tiny", "features": 8 }, "loss": "near-centre" }
JSON
"$dml" train glyphs.json --out first --plugins "$output" "${small[@]}" > first.log 2>&1 || { cat first.log; exit 1; }
"$dml" influence first --pairs 2 --estimator gradient-product --plugins "$output" > influence.log 2>&1 || { cat influence.log; exit 1; }
grep -q '"estimator": "gradient-product"' first/influence.json

# The guide's dataset is a list of images: those of the first run.
(cd first/glyphs && ls class*/*.png | awk -F/ '{ print $0, $1, ($1 < "class008" ? "train" : "test") }' > list.txt)
cat > listed.json << 'JSON'
{ "dataset": { "name": "listed", "list": "first/glyphs/list.txt" }, "backbone": "tiny", "loss": { "name": "pull", "scale": 10 } }
JSON
"$dml" train listed.json --out second --plugins "$output" "${small[@]}" > second.log 2>&1 || { cat second.log; exit 1; }

# The loss that docs/compare/torchsharp.md writes out is cosface, for each sample.
"$dml" fit --features first/features.safetensors --loss margin-cosine --plugins "$output" --out third --set training.epochs=1 > fit.log 2>&1 || { cat fit.log; exit 1; }
losses() { "$dml" mislabel "$@" --scorer loss --precision float64 --json 2> losses.log | awk '{ sub(/,/, "") } /"index"/ { i = $2 } /"score"/ { print i, $2 }' | sort -n; }
losses third --plugins "$output" > written.txt
losses --features third/features.safetensors --loss cosface --set loss.scale=16 --set loss.margin=0.35 --out fourth > built.txt
[ "$(wc -l < written.txt)" -eq 32 ] && paste written.txt built.txt | awk '{ d = $2 - $4; if ($1 != $3 || d * d > 1e-16) exit 1 }' \
    || { echo "expected the losses of cosface from margin-cosine, found others:"; paste written.txt built.txt; exit 1; }
echo "$sources blocks of plugins and $checks checks of the guides work outside of the tree, and the host trains and explains with them"
