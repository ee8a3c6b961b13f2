#!/bin/sh
# Becomes the router as it is in a container: process 1, user 65532, a root that cannot be written to, no capability.
# Run it as root by `unshare --mount --pid --fork`. Usage: read-only-root.sh NODE REPOSITORY CONFIG USERS
set -eu
node=$1 repository=$2 config=$3 users=$4

mount --make-rprivate /
root=$(mktemp -d)
mount -t tmpfs -o size=1m,mode=755 kreuz "$root"
# What the image has: Node with its libraries, and the app.
for folder in /usr /lib /lib64; do
  [ -e "$folder" ] || continue
  mkdir -p "$root$folder"
  mount --bind "$folder" "$root$folder"
  mount -o remount,bind,ro "$root$folder"
done
# Node may be installed anywhere.
touch "$root/node"
mount --bind "$node" "$root/node"
mkdir -p "$root/app" "$root/etc/kreuz" "$root/run/secrets/kreuz" "$root/proc" "$root/dev" "$root/tmp"
mount --bind "$repository" "$root/app"
mount -o remount,bind,ro "$root/app"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp "$config" "$root/etc/kreuz/kreuz.yaml"
cp "$users" "$root/run/secrets/kreuz/users.yaml"
chmod -R a+rX "$root/etc" "$root/run"
mount -o remount,ro "$root"
cd "$root/etc/kreuz"
exec chroot --userspec=65532:65532 "$root" \
  /usr/bin/env -i NODE_ENV=production /node /app/apps/router/bin/kreuz.js start --config /etc/kreuz/kreuz.yaml --port 0
