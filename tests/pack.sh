#!/usr/bin/env bash
# Packs the SDK for the checks: tests/pack.sh FOLDER writes the packages to FOLDER/feed, and links every known package but the SDK's own
# into FOLDER/known, from which builds restore what they need without fetching it, and never a stale package of the SDK.
# Where .ci/run has packed already, which DML_PACKED says, its folder is used.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
if [ -n "${DML_PACKED:-}" ] && [ "$DML_PACKED" != "$folder" ]; then
    ln -s "$DML_PACKED/feed" "$folder/feed"
    ln -s "$DML_PACKED/known" "$folder/known"
    exit
fi

mkdir -p "$folder/feed" "$folder/known"
known=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
for package in "$known"/*/; do
    name=$(basename "$package")
    case $name in dml.*) ;; *) ln -s "${package%/}" "$folder/known/$name" ;; esac
done

dotnet msbuild build/pack.proj -nologo -verbosity:quiet -p:Feed="$folder/feed"
