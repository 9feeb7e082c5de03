#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# needs: slurmctld slurmd sbatch munged python3
# slurm.t: the tasks of a Slurm job array together write what one run does.
#
# Starts a Slurm of one node, this one, as the present user, with a munge of
# its own, and ends what it started.
. "$(dirname "$0")/../lib/check.sh"

host=$(hostname -s 2>/dev/null || hostname)
# Slurm wants its node to be known by name.
getent hosts "$host" >/dev/null || skip_all "the name $host does not resolve"
chmod 755 .
mkdir munge state spool captures
chmod 755 munge
head -c 1024 /dev/urandom >key
chmod 400 key

stop() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	wait
}
pids=
trap 'stop; chmod -R u+rwx "$work"; rm -rf "$work"' EXIT

munged --foreground --force --key-file="$work/key" \
    --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
    --log-file="$work/munge/log" --seed-file="$work/munge/seed" \
    >munged.log 2>&1 &
pids=$!

# Two ports that are free now.
set -- $(python3 -c 'import socket
a, b = socket.socket(), socket.socket()
a.bind(("", 0))
b.bind(("", 0))
print(a.getsockname()[1], b.getsockname()[1])')
cat >slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$1
SlurmdPort=$2
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SchedulerParameters=sched_interval=1,sched_min_interval=100000,batch_sched_delay=0
ReturnToService=2
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=8192
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
export SLURM_CONF="$work/slurm.conf"
slurmctld -D -f "$SLURM_CONF" >slurmctld.log 2>&1 &
pids="$pids $!"
slurmd -D -f "$SLURM_CONF" >slurmd.log 2>&1 &
pids="$pids $!"
i=0
while [ $i -lt 100 ] && ! sinfo -h -o %T 2>/dev/null | grep -q idle; do
	i=$((i + 1))
	sleep 0.1
done
if ! sinfo -h -o %T 2>/dev/null | grep -q idle; then
	tail -n 5 munged.log slurmctld.log slurmd.log | sed 's/^/# /'
	skip_all 'no Slurm of one node can be started here'
fi

cp "$data"/*.pcap "$data"/*.pcapng "$data"/*.zst captures/
conversations 40 | capture captures/many.pcap
ln -s "$tcpsession" tcpsession
PATH=$work:$PATH
# The tasks must end before the test does; not `sbatch --wait', which looks
# seldom.
run sbatch --parsable --array=0-3 --output=task-%a.log \
    "$SRCDIR/man/examples/slurm-array.sh" "$work/out" "$work/captures"
is "$status $err" '0 ' 'sbatch takes the job array'
i=0
while [ $i -lt 600 ] && [ -n "$(squeue -h)" ]; do
	i=$((i + 1))
	sleep 0.1
done
is "$(squeue -h)" '' 'its tasks end'
is "$(scontrol -o show job | grep -c 'JobState=COMPLETED.*ExitCode=0:0')" 4 \
    '... all four in 0'
is "$(cat task-?.log)" '' '... in silence'
is "$(ls out | tr '\n' ' ')" '0 1 2 3 ' '... each with a directory'

"$tcpsession" -o whole captures
for name in captures/*; do
	name=${name##*/}
	sort "whole/$name.sessions/sessions.jsonl" >wanted
	sort out/?/"$name.sessions/sessions.jsonl" >got
	same wanted got "$name: the sessions of the whole, each once"
done
mkdir union
for task in 0 1 2 3; do
	(cd "out/$task" && find . -type f ! -name sessions.jsonl \
	    ! -name capture.jsonl) >names
	while read -r name; do
		test ! -e "union/$name" || echo "$name: twice"
	done <names >>twice
	cp -R "out/$task/." union/
done
is "$(cat twice)" '' 'no file comes from two tasks'
find whole union \( -name sessions.jsonl -o -name capture.jsonl \) -exec rm {} +
same whole union 'the files are those of the whole, byte for byte'
finish
