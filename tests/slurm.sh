#!/usr/bin/env bash
# A sweep on a real Slurm of one node: a job is killed on the way, the run is resumed, and the table has the bytes that
# one process writes without Slurm. Installs Debian's Slurm, for which it must be root; starts its daemons and ends them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
project=$PWD
export PATH="$project/.venv/bin:$PATH"

fail() { printf 'slurm.sh: %s\n' "$*" >&2; exit 1; }

[ -e /etc/debian_version ] && [ "$(id -u)" = 0 ] || fail 'only root on Debian can install Slurm.'
python -c 'import snakemake_executor_plugin_slurm' 2>/dev/null || fail 'the plugin is not installed: make more'
# The daemons and the commands read their configuration there, and only there.
configuration=/etc/slurm/slurm.conf mark='# made by tests/slurm.sh'
[ ! -e $configuration ] || [ "$(head -n 1 $configuration)" = "$mark" ] || fail "$configuration is there: not replaced."

if ! command -v slurmctld slurmd sbatch munged >/dev/null; then
  echo 'Installing Slurm ...'
  packages='slurmctld slurmd slurm-client munge'
  output=$( (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      $packages) 2>&1) || fail "$output"
fi

work=$(mktemp -d)
daemons=()
finish() {
  code=$?
  trap - EXIT
  if [ $code != 0 ]; then tail -n 20 "$work"/*.log >&2 || true; fi
  if [ -e "$work/ready" ]; then scancel --full --user=root || true; fi
  for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
  for daemon in "${daemons[@]}"; do wait "$daemon" 2>/dev/null || true; done
  rm -rf "$work" $configuration
  exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

host=$(hostname -s)
mkdir -p /etc/slurm "$work/state" "$work/spool"
cat >$configuration <<END
$mark
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
SlurmUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000
PartitionName=all Nodes=$host Default=YES State=UP
END
head -c 1024 /dev/urandom >"$work/munge.key"
chmod 400 "$work/munge.key"
munged --force --foreground --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
    --log-file="$work/munged.log" --seed-file="$work/munge.seed" &>"$work/munge.log" &
daemons+=($!)
for _ in $(seq 100); do [ -S "$work/munge.socket" ] && break; sleep 0.1; done
slurmctld -D &>"$work/slurmctld.log" &
daemons+=($!)
slurmd -D &>"$work/slurmd.log" &
daemons+=($!)
for _ in $(seq 100); do
  [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] && break
  sleep 0.2
done
[ "$(sinfo --noheader --format=%T)" = idle ] || fail 'the node does not become idle.'
touch "$work/ready"
echo "Slurm $(sinfo --version | cut -d' ' -f2) is up after $SECONDS s."

# What the pipeline reads, and a results/ of its own.
for name in Snakefile config data profiles requirements.lock scripts workflow; do
  mkdir -p "$work/run"
  ln -s "$project/$name" "$work/run/$name"
done
cd "$work/run"
cat >sweep.yaml <<END
ensembles:
  minutes: 0.011
  sweeps:
    small: {experiment: xor-sigmoid, seeds: 1000, hidden: [2, 3], learning_rates: [0.5, 1], epochs: 20000}
END
on_slurm() {
  snakemake --profile workflow/profiles/slurm --slurm-status-command squeue --slurm-no-account --latency-wait 5 \
      --slurm-init-seconds-before-status-checks 1 --seconds-between-status-checks 1 \
      --configfile sweep.yaml --set-resources train_part:mem_mb=500 -- results/sweeps/small.csv
}
parts() { find results/sweeps -name 'small.*-*.npz' 2>/dev/null | sort; }
running() { squeue --noheader --states=RUNNING --format=%i; }

on_slurm &>"$work/first.log" &
first=$!
# Two jobs run at once, so the last of three begins when another ends: then it has all before it.
until [ -n "$(parts)" ] && killed=$(running | grep -x 3); do
  kill -0 $first 2>/dev/null || fail 'the first run ended before a job could be killed.'
  sleep 0.2
done
scancel --signal=KILL --full "$killed"
if wait $first; then fail 'the run succeeded although a job was killed.'; fi
[ ! -e results/sweeps/small.csv ] || fail 'there is a table although a job was killed.'
before=$(parts)
[ -n "$before" ] || fail 'the parts that were done are gone.'
stat --format='%n %y' $before >before.txt
echo "Job $killed was killed; $(wc -l <before.txt) parts are done after $SECONDS s."

on_slurm &>"$work/second.log" || fail 'the resumed run failed.'
grep -q 'table of errors' "$work/second.log"
again=$(grep -o 'small: seeds [0-9:]*' "$work/second.log" | sort -u | wc -l)
all=$(cat "$work"/first.log "$work"/second.log | grep -o 'small: seeds [0-9:]*' | sort -u | wc -l)
[ $((again + $(wc -l <before.txt))) = "$all" ] || fail 'parts that were done have been made again.'
echo "Resumed: $again of $all parts were made; done after $SECONDS s."

python scripts/sweep.py xor-sigmoid --seeds 0:1000 --hidden 2 3 --learning-rates 0.5 1 --epochs 20000 --output local.csv
cmp local.csv results/sweeps/small.csv || fail 'the table from Slurm differs from the local one.'
echo "The table has the bytes of a local run. slurm.sh passed in $SECONDS s."
