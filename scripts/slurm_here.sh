#!/bin/bash
# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
#
# A SLURM on this machine: a controller and two nodes of one core each, all files in one folder, without systemd.
#   scripts/slurm_here.sh up FOLDER       starts it
#   scripts/slurm_here.sh trial FOLDER    runs the job file of docs/how-to/cluster.md on it and compares with a local run
#   scripts/slurm_here.sh down FOLDER     ends it and all jobs; the folder stays
# Needs slurmctld, slurmd, the SLURM client and munge (Debian: slurm-wlm, munge), and bonefea, dask, python on the PATH.
set -euo pipefail

job_file="$(cd "$(dirname "$0")/.." && pwd)/docs/how-to/study.sbatch"

fail() { printf 'slurm_here: %s\n' "$*" >&2; exit 1; }

configure() {
    local user host memory
    user=$(id -un) host=$(hostname -s)
    memory=$(awk '/MemTotal/ { print int($2 / 1024 / 2) }' /proc/meminfo)
    mkdir -p "$folder"/{state,node1,node2,log}
    chmod 700 "$folder"
    # Two nodes on one machine need ports and spool folders of their own, and no control groups.
    cat > "$folder/slurm.conf" <<END
ClusterName=here
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=16817
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName=node1 NodeHostname=$host NodeAddr=127.0.0.1 Port=16821 CPUs=1 RealMemory=$memory
NodeName=node2 NodeHostname=$host NodeAddr=127.0.0.1 Port=16822 CPUs=1 RealMemory=$memory
PartitionName=here Nodes=node1,node2 Default=YES MaxTime=60 State=UP
END
}

up() {
    local program
    for program in munged slurmctld slurmd sbatch; do
        PATH="$PATH:/usr/sbin" command -v "$program" > /dev/null || fail "there is no $program; Debian: apt-get install slurm-wlm munge"
    done
    configure
    [ -s "$folder/munge.key" ] || (umask 077; head -c 1024 /dev/urandom > "$folder/munge.key")
    munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
        --log-file="$folder/log/munged.log" --seed-file="$folder/munge.seed"
    slurmctld -f "$SLURM_CONF"
    slurmd -f "$SLURM_CONF" -N node1
    slurmd -f "$SLURM_CONF" -N node2
    for _ in {1..60}; do
        [ "$(sinfo -h -t idle -o %D 2> /dev/null)" = 2 ] && { sinfo -N; return; }
        sleep 1
    done
    down
    fail "the nodes do not answer; see $folder/log"
}

down() {
    local file pid
    scancel --user="$(id -un)" 2> /dev/null && waited || true
    for file in "$folder"/{slurmd-node1,slurmd-node2,slurmctld,munged}.pid; do
        [ -s "$file" ] || continue
        pid=$(< "$file")
        kill "$pid" 2> /dev/null || continue
        for _ in {1..100}; do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
    done
}

# Waits until no job is left.
waited() { while [ -n "$(squeue -h -o %i)" ]; do sleep 1; done; }

submit() {
    sbatch --parsable --nodes=2 --cpus-per-task=1 --mem=3G --time=30 --chdir="$folder" --output="$folder/job-%j.out" \
        "$job_file" "$folder/trial.toml" "$1"
}

same() {
    local table
    for table in results.csv results.parquet histories.nc; do
        cmp "$folder/local/$table" "$1/$table" || fail "$1/$table differs from the local run"
    done
    printf '%s: the tables are those of the local run, byte for byte\n' "$1"
}

reported() { grep 'this batch' "$folder/resumed/study.log" 2> /dev/null || true; }

trial() {
    local job
    rm -rf "$folder"/{local,cluster,resumed,cache-*}
    cat > "$folder/trial.toml" <<END
schema = 1
kind = "study"
name = "trial"
title = "Metatarsals on a cluster"
[base]
activity = "running"
size = 2.0
[cross]
bone = ["metatarsal1", "metatarsal2", "metatarsal3", "metatarsal4", "metatarsal5"]
mass = [50, 60, 70, 80]
speed = [2.5, 3.0, 4.0]
footwear = ["minimal", "conventional"]
END
    BONEFEA_CACHE="$folder/cache-local" OMP_NUM_THREADS=1 bonefea study "$folder/trial.toml" --out "$folder/local"
    export BONEFEA_CACHE="$folder/cache-cluster"
    job=$(submit "$folder/cluster")
    waited
    grep ' cases, ' "$folder/job-$job.out"
    same "$folder/cluster"
    BONEFEA_CACHE="$folder/cache-resumed"
    job=$(submit "$folder/resumed")
    until [ "$(reported | wc -l)" -ge 3 ]; do
        [ -n "$(squeue -h -o %i)" ] || fail "the job ended by itself; see $folder/job-$job.out"
        sleep 0.2
    done
    scancel "$job"
    waited
    printf 'cancelled after: %s\n' "$(reported | tail -n 1)"
    job=$(submit "$folder/resumed")
    waited
    grep ' cases, ' "$folder/job-$job.out"
    same "$folder/resumed"
}

[ $# = 2 ] || fail "usage: scripts/slurm_here.sh up|trial|down FOLDER"
mkdir -p "$2"
folder=$(cd "$2" && pwd)
export SLURM_CONF="$folder/slurm.conf" PATH="$PATH:/usr/sbin"
case $1 in
    up | trial | down) "$1" ;;
    *) fail "there is no '$1'; allowed: up, trial, down" ;;
esac
