#!/bin/bash
# A plan of shards as an array of Slurm: one task a shard.
#   provenance shards plan /data/inbox --output /data/june
#   sbatch --array=0-999%100 --export=ALL,OUT=/data/june,PLAN_SHA256=... integrations/shards/slurm.sh
# An array has at most MaxArraySize tasks (scontrol show config). For shards beyond that, submit it
# again with FIRST=1000 in --export, and so on. To repeat what failed, submit the same again: a
# shard that is done takes a second.
#SBATCH --job-name=provenance-shards
#SBATCH --array=0-999%100
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=3G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --output=provenance-shards-%A_%a.log
# --mem: for each of --jobs its --max-memory and 150M of its own, and 512M for the rest.
set -euo pipefail
exec "${PROVENANCE:-provenance}" shards run "${OUT:?say where the plan is}" \
    --shard "$((${FIRST:-0} + SLURM_ARRAY_TASK_ID))" \
    --plan-sha256 "${PLAN_SHA256:?say which plan it has to be}" \
    --jobs "${SLURM_CPUS_PER_TASK:-2}" \
    --max-memory 1G \
    --progress lines
