#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
#SBATCH --job-name=tcpsession
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
# slurm-array.sh OUT PATH...: every task of a Slurm job array writes its share
# of the sessions below OUT/TASK:
#
#	sbatch --array=0-39 slurm-array.sh /srv/out /srv/captures
#
# The indices must begin at 0 and have no gaps.  A task that is started again
# goes on where it was.  Status 1 says that captures are damaged; to try again
# would not help, so the task counts as done.
out=$1
shift
tcpsession -q -r --resume -o "$out/$SLURM_ARRAY_TASK_ID" \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" "$@"
status=$?
test $status = 1 || exit $status
