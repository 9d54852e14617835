#!/usr/bin/env bash
# The Slurm script as arrays of two and of four processes that run at once, each with the variables that Slurm sets: the merged files are the bytes of a
# single process. With a task killed on its way and submitted again too.
set -euo pipefail
cd "$(dirname "$0")/.."
export DML=$PWD/artifacts/bin/Dml.Host/release/dml
[ -x "$DML" ] || { echo "expected the host at $DML, found none; run dotnet build -c Release host first"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export RUN=${1:-$folder/run}
[ -n "${1:-}" ] || "$DML" demo --out "$RUN" --set training.epochs=1 --set training.batchClasses=8 --set dataset.trainingClasses=12 \
    --set dataset.testClasses=60 --set dataset.samplesPerClass=8 > "$folder/demo.log" 2>&1 || { cat "$folder/demo.log"; exit 1; }
# More than three blocks of 64 targets, so that each of four processes has something to do.
export SLURM_CPUS_PER_TASK=1
"$DML" influence "$RUN" --out "$folder/one" --pairs all --set threads=1 > "$folder/one.log" 2>&1 || { cat "$folder/one.log"; exit 1; }

[ "$(grep -c '"name"' "$folder/one/influence.json")" -gt 192 ] || { echo "expected more than 192 targets of $RUN"; exit 1; }

for parts in 2 4; do
    export OUT=$folder/of-$parts SLURM_ARRAY_TASK_COUNT=$parts
    tasks=()
    for ((task = 0; task < parts; task++)); do
        SLURM_ARRAY_TASK_ID=$task bash docs/cluster/influence.sbatch > "$OUT-$task.log" 2>&1 &
        tasks+=($!)
    done
    for ((task = 0; task < parts; task++)); do
        wait "${tasks[$task]}" || { cat "$OUT-$task.log"; exit 1; }
    done
    "$DML" merge "$OUT" > "$OUT.log" 2>&1 || { cat "$OUT.log"; exit 1; }
    for file in scores.safetensors top.csv; do
        cmp "$folder/one/$file" "$OUT/$file"
    done
done

# One that is cut short is submitted again alone, as the guide says.
export OUT=$folder/again
SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_ID=0 bash docs/cluster/influence.sbatch > "$OUT-0.log" 2>&1
SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_ID=1 bash docs/cluster/influence.sbatch > "$OUT-1.log" 2>&1 &
cut=$!
sleep 1
kill -9 "$cut" 2> /dev/null || true
wait "$cut" 2> /dev/null || true
PARTS=2 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_ID=1 bash docs/cluster/influence.sbatch > "$OUT-1.log" 2>&1 || { cat "$OUT-1.log"; exit 1; }
"$DML" merge "$OUT" > "$OUT.log" 2>&1 || { cat "$OUT.log"; exit 1; }
for file in scores.safetensors top.csv; do
    cmp "$folder/one/$file" "$OUT/$file"
done
echo "Two and four processes through the Slurm script, and one that was killed and submitted again, write the bytes of a single one"
