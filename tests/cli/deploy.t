#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
# deploy.t: what the manual page and man/examples/ tell for servers works.
. "$(dirname "$0")/../lib/check.sh"

examples=$SRCDIR/man/examples
mkdir bin captures sessions
ln -s "$tcpsession" bin/tcpsession
PATH=$work/bin:$PATH
cp "$data"/http.pcap "$data"/ssh.pcap captures/
touch -t 202601010000 captures/*
"$tcpsession" -o whole captures

# here: the text with directories of this test.
here() {
	sed "s,/srv/,$work/,g; s,/usr/bin/tcpsession,$tcpsession,g" "$@"
}

# ------------------------------------------------------------------------ cron

is "$(grep -c '^[^#]' "$examples/crontab")" 1 'crontab: one line'
here "$examples/crontab" | sed -n '/^[^#]/p' | cut -f 2 >command
like "$(grep '^[^#]' "$examples/crontab" | cut -f 1)" \
    '^[0-9]+ [0-9]+ \* \* \*$' '... a time and a tab before the command'
is "$(grep -c % command)" 0 '... no %, which cron would take away'
grep -qF "$(grep '^[^#]' "$examples/crontab" | cut -f 2 |
    sed 's/^tcpsession //; s/-/\\-/g')" "$SRCDIR/man/tcpsession-examples.7"
ok $? '... the same as in the manual page'
run sh command
is "$status $out$err" '0 ' '... the command works'
same whole sessions '... and does its job'

# --------------------------------------------------------------------- systemd

if command -v systemd-analyze >/dev/null; then
	for unit in tcpsession.service tcpsession.timer; do
		here "$examples/$unit" >$unit
		run systemd-analyze verify --man=no "./$unit"
		is "$status $err" '0 ' "systemd-analyze verify $unit"
	done
	run systemd-analyze security --offline=true --threshold=10 \
	    ./tcpsession.service
	case $err in
	*nrecognized* | *nknown*)
		skip 'exposure at most 1.0' 'systemd-analyze is too old' ;;
	*) is "$status" 0 'systemd-analyze security: exposure at most 1.0' ;;
	esac
	run systemd-analyze calendar \
	    "$(sed -n 's/^OnCalendar=//p' "$examples/tcpsession.timer")"
	is "$status" 0 'the time is one'
else
	skip 'service and timer' 'systemd-analyze is missing'
fi
is "$(sed -n 's/^ExecStart=[^ ]*//p' "$examples/tcpsession.service")" \
    "$(grep '^[^#]' "$examples/crontab" | cut -f 2 | sed 's/^tcpsession//')" \
    'the service does what cron does'

# ---------------------------------------------------- many hands: shell, parallel

# joined TREE: the files of all shards below TREE in one tree.
joined() {
	rm -rf union
	mkdir union
	for task in "$1"/*; do
		cp -R "$task/." union/
	done
	for name in http.pcap ssh.pcap; do
		cat "$1"/*/$name.sessions/sessions.jsonl |
		    sort -t : -k 2n >union/$name.sessions/sessions.jsonl
	done
	find union whole -name capture.jsonl -exec rm {} +
}
for dir in whole/*; do
	sort -t : -k 2n -o "$dir/sessions.jsonl" "$dir/sessions.jsonl"
done

for i in 0 1 2; do
	SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_COUNT=3 \
	    sh "$examples/slurm-array.sh" array captures || echo "# $i: $?"
done
joined array
same whole union 'slurm-array.sh, run by hand: all together are the whole'
head -c 5000 "$data/http.pcap" >cut.pcap
SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=1 \
    sh "$examples/slurm-array.sh" cut cut.pcap 2>messages
is $? 0 '... a damaged capture is no failure'
SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=1 \
    sh "$examples/slurm-array.sh" cut missing.pcap 2>messages
is $? 2 '... a missing one is'

# The shell command of the manifest, with three pods for its forty.
sed -n '/^            - |$/,/^          [a-z]/p' "$examples/kubernetes.yaml" |
    sed '1d; $d; s,/40",/3",; s,"/out,"pods,; s,/captures,captures,' >pod
for i in 0 1 2; do
	JOB_COMPLETION_INDEX=$i sh pod || echo "# $i: $?"
done
joined pods
same whole union 'the command in kubernetes.yaml: likewise'
is "$(sed -n 's/^ *\(completions\|parallelism\): //p
    s,.*INDEX/\([0-9]*\)".*,\1,p' "$examples/kubernetes.yaml" | sort -u)" 40 \
    '... as many shards as pods'
if python3 -c 'import yaml' 2>/dev/null; then
	python3 -c 'import sys, yaml
job = yaml.safe_load(open(sys.argv[1]))
assert (job["kind"], job["apiVersion"]) == ("Job", "batch/v1")
pod = job["spec"]["template"]["spec"]
mounts = {m["name"] for m in pod["containers"][0]["volumeMounts"]}
assert mounts == {v["name"] for v in pod["volumes"]}' \
	    "$examples/kubernetes.yaml"
	ok $? '... YAML, with a volume for each mount'
else
	skip '... YAML' 'python3-yaml is missing'
fi

if command -v parallel >/dev/null && parallel --version 2>/dev/null |
    grep -q GNU; then
	seq 0 2 | parallel --will-cite -j 2 \
	    tcpsession --shard {}/3 -o many/{} captures 2>messages
	is $? 0 'GNU parallel'
	joined many
	same whole union '... all together are the whole'
else
	skip 'GNU parallel' 'parallel is missing'
fi
finish
