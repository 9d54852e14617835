#!/usr/bin/env bash
# The door from Python: what it writes is read by the built host and gives the peers' values, what it reads is what the host wrote, and the code of
# docs/python.md, of docs/compare/torchsharp.md and of the notebook runs. Needs /usr/bin/python3 with numpy; what needs torch is skipped without it, which the end says.
set -euo pipefail
cd "$(dirname "$0")/.."
export DML=$PWD/artifacts/bin/Dml.Host/release/dml
[ -x "$DML" ] || { echo "expected the host at $DML, found none; run dotnet build -c Release host first"; exit 1; }
python=/usr/bin/python3
[ -x "$python" ] || python=python3

has() { "$python" -c "import $1" 2> /dev/null; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    has "$1" && return
    if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
        { timeout 120 apt-get update && timeout "$2" apt-get install -y --no-install-recommends "python3-$1"; } > "$log" 2>&1 || tail -n 3 "$log"
    fi
}
install numpy 120
has numpy || { echo "Skipped: no numpy for $python; install python3-numpy."; exit 0; }
install torch 300

"$python" -B tests/python/test_dml_features.py
has torch || echo "Skipped: what needs torch, which $python does not have; install python3-torch."
