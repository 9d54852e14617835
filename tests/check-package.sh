#!/usr/bin/env bash
# Installs the packages as a stranger does, from a local feed into an empty cache: what lies in them, the tool and its demo, every template
# with its test, and a plugin from `dotnet new` to `dml plugins add`.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bash tests/pack.sh "$folder"
feed=$(realpath "$folder/feed") known=$(realpath "$folder/known")

# A zip holds the names of its entries in plain text. A package without the generator restores and compiles without a word.
holds() {
    local entries
    entries=$(grep -aoE '[A-Za-z0-9_./-]+\.(dll|xml|md|png|props|targets|so|json)' "$feed/$1".0*.nupkg | sort -u)
    for expected in "${@:2}"; do
        grep -qx "$expected" <<< "$entries" || { echo "expected $expected in the package $1, found:"; echo "$entries"; exit 1; }
    done
}
holds Dml.Abstractions analyzers/dotnet/cs/Dml.Generators.dll analyzers/dotnet/cs/Dml.Generators.CodeFixes.dll lib/net10.0/Dml.Abstractions.dll lib/net10.0/Dml.Abstractions.xml
if grep -aoE 'lib/[A-Za-z0-9./]+' "$feed"/Dml.Abstractions.0*.nupkg | grep -E 'Generators|CodeAnalysis'; then echo "expected the compiler's parts under analyzers/ only"; exit 1; fi
holds Dml.Sdk Sdk/Sdk.props Sdk/Sdk.targets Sdk/Plugin.targets Sdk/Version.props
holds Dml.Tool tools/net10.0/any/dml.dll tools/net10.0/any/libLibTorchSharp.so tools/net10.0/any/plugins/Losses.ArcFace/Losses.ArcFace.dll
holds Dml.Plugins.Backbones.Onnx plugin/Backbones.Onnx.dll plugin/Backbones.Onnx.deps.json plugin/libonnxruntime.so
for package in "$feed"/*.nupkg; do holds "$(basename "$package" | sed -E 's/\.[0-9]+\.[0-9]+\.[0-9]+\.nupkg//')" README.md icon.png; done
for library in Abstractions Storage Numerics Torch Engine Testing; do
    ls "$feed/Dml.$library".*.snupkg > /dev/null || { echo "expected the symbols of Dml.$library in the feed"; exit 1; }
done
for plugin in plugins/*/; do
    ls "$feed/Dml.Plugins.$(basename "$plugin")".*.nupkg > /dev/null || { echo "expected a package of the plugin $plugin"; exit 1; }
done

cd "$folder"
cat > nuget.config << XML
<configuration>
  <packageSources><clear /><add key="feed" value="$feed" /></packageSources>
  <fallbackPackageFolders><clear /><add key="known" value="$known" /></fallbackPackageFolders>
</configuration>
XML
export NUGET_PACKAGES=$folder/packages XDG_DATA_HOME=$folder/data DOTNET_CLI_HOME=$folder/home DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_ADD_GLOBAL_TOOLS_TO_PATH=false

# The tool: libtorch is not among its files, and is fetched as a package; from the folder of known ones here.
dotnet tool install Dml.Tool --tool-path tool --configfile nuget.config > tool.log || { cat tool.log; exit 1; }
dml=$folder/tool/dml
LC_ALL=C grep -qaP '\x08\x01\x00\x03\x01\x00\x00\x00\x00' "$(find "$folder/packages/dml.tool" tool -name TorchSharp.dll | head -n 1)" \
    || { echo "expected the tool's copy of TorchSharp.dll to keep scalars alive (build/TorchSharpArguments.targets), found one as it is shipped"; exit 1; }
small=(--set training.epochs=2 --set dataset.trainingClasses=20 --set dataset.testClasses=10 --set dataset.samplesPerClass=10)
RestoreFallbackFolders=$known "$dml" demo --out demo "${small[@]}" > demo.log 2>&1 || { cat demo.log; exit 1; }
grep -q '^libtorch 2.10.0 is not on this machine: fetching its NuGet package libtorch-cpu-linux-x64 once (about 130 MB)\.$' demo.log || { cat demo.log; exit 1; }
"$dml" conform gap > again.log 2>&1 || { cat again.log; exit 1; }
if grep -q 'fetching' again.log; then echo "expected libtorch to be found where the last command found it, found it fetched again:"; cat again.log; exit 1; fi
[ -s demo/report.html ] || { echo "expected the tool's demo to write a report, found:"; ls demo; exit 1; }
export DML_LIBTORCH=$known/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native

dotnet new install Dml.Templates --nuget-source "$feed" > templates.log || { cat templates.log; exit 1; }
for kind in loss dataset backbone estimator scorer schedule sampler experiment; do
    mkdir "$kind"
    (
        cd "$kind"
        dotnet new "dml-$kind" -n Mine > log
        dotnet test >> log 2>&1 || { cat log; exit 1; }
        if grep -E 'warning|failed: [1-9]' log || ! grep -q 'Test run summary: Passed!' log; then cat log; exit 1; fi
    )
done

# The loss, from its folder to the user's: trained, explained, packed, added, found anywhere.
cd loss
dotnet build -c Release Mine --verbosity quiet --nologo > build.log || { cat build.log; exit 1; }
"$dml" plugins check . > check.log 2>&1 || { cat check.log; exit 1; }
"$dml" train example.json --out run --plugins . --set training.epochs=1 > train.log 2>&1 || { cat train.log; exit 1; }
"$dml" influence run --pairs 2 --plugins . > influence.log 2>&1 || { cat influence.log; exit 1; }
dotnet pack -c Release Mine -o nupkg --verbosity quiet --nologo > pack.log || { cat pack.log; exit 1; }
cd ..
"$dml" plugins add Mine --source "$folder/loss/nupkg" > add.log 2>&1 || { cat add.log; exit 1; }
"$dml" train loss/example.json --out again --set training.epochs=1 > again.log 2>&1 || { cat again.log; exit 1; }
grep -q '"package": "Mine 1.0.0"' again/run.json || { echo "expected the package of the loss in run.json, found:"; cat again/run.json; exit 1; }
"$dml" plugins remove Mine > /dev/null
for example in backbone estimator scorer schedule sampler; do
    dotnet build -c Release "$example/Mine" --verbosity quiet --nologo > build.log || { cat build.log; exit 1; }
    "$dml" train "$example/example.json" --out "$example-run" --plugins "$example" --set training.epochs=1 > train.log 2>&1 || { cat train.log; exit 1; }
done
"$dml" influence estimator-run --estimator mine --pairs 2 --plugins estimator > log 2>&1 || { cat log; exit 1; }
"$dml" mislabel scorer-run --scorer mine --plugins scorer > log 2>&1 || { cat log; exit 1; }
echo "The packages install from a feed into an empty cache: the tool runs its demo, eight templates pass their tests, and a loss is trained, explained, packed and added"
