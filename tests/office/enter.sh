#!/usr/bin/env bash
# Run a command as root of a machine of its own: this machine's files below, and every change in memory.
#
# Mounts, users and processes are its own, so that all of it is gone when the command ends. The network is this machine's:
# packages come by it; the trial leaves it with `unshare --net` once everything is installed.
set -euo pipefail

layer=$(mktemp --directory --tmpdir grantline-office.XXXXXX)
trap 'rmdir "$layer"' EXIT

# The mounts are made in a namespace of their own: nothing of them is left on this machine, nor in its mount table.
export layer
unshare --mount --propagation private bash -euo pipefail -c '
    mount -t tmpfs office "$layer"
    mkdir "$layer"/{changes,work,root}
    mount -t overlay office -o "lowerdir=/,upperdir=$layer/changes,workdir=$layer/work" "$layer/root"
    mount -t tmpfs -o mode=1777 office "$layer/root/tmp"
    mount -t tmpfs -o mode=755 office "$layer/root/run"
    mount --rbind /dev "$layer/root/dev"
    mount --rbind /sys "$layer/root/sys"
    exec unshare --user --map-users=0:0:65536 --map-groups=0:0:65536 --pid --fork --kill-child --mount --mount-proc \
        --root="$layer/root" --wd=/ "$@"
' enter "$@"
