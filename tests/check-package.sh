#!/usr/bin/env bash
# Packs Dml.Abstractions and checks that the generator and analyzers really are inside: a package without them restores and
# compiles without a word, and its plugins are then unknown to the host.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bash tests/pack.sh "$folder"
# A zip holds the names of its entries in plain text.
entries=$(grep -aoE '(analyzers|lib)/[A-Za-z0-9./]+\.(dll|xml)' "$folder"/feed/Dml.Abstractions.*.nupkg | sort -u)
for expected in analyzers/dotnet/cs/Dml.Generators.dll lib/net10.0/Dml.Abstractions.dll lib/net10.0/Dml.Abstractions.xml; do
    grep -q "^$expected$" <<< "$entries" || { echo "expected $expected in the package, found:"; echo "$entries"; exit 1; }
done
if grep -E 'lib/.*(Generators|CodeAnalysis)' <<< "$entries"; then echo "expected the compiler's parts under analyzers/ only"; exit 1; fi
echo "Dml.Abstractions holds the generator under analyzers/dotnet/cs"
