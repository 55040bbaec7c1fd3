#!/bin/sh
# Copies what a restore needs from a state folder, also while a gateway writes to it:
#   sh backup-state.sh /var/lib/odin-gateway /var/backups/odin-gateway
# The copy before is only replaced by one that is whole.
set -eu
state=${1:?state folder} backup=${2:?folder for the copy}
umask 077

# The log of writes begins with numbers that change whenever it begins anew. As long as they are the same, the database
# that was copied first, and the log that was copied after it, belong together.
generation() { head -c 32 "$state/state.sqlite-wal" 2>/dev/null | cksum; }

rm -rf "$backup.new"
mkdir -p "$backup.new"
tries=0
before=none
while [ "$before" != "$(generation)" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 100 ] || { echo "the state changes faster than it can be copied" >&2; exit 75; }
  before=$(generation)
  cp -p "$state/state.sqlite" "$backup.new/"
  rm -f "$backup.new/state.sqlite-wal"
  # Absent where no gateway runs; where one ends in this moment, the next attempt finds that.
  cp -p "$state/state.sqlite-wal" "$backup.new/" 2>/dev/null || [ ! -e "$state/state.sqlite-wal" ]
done
# Absent where the config has the key.
[ ! -e "$state/master.key" ] || cp -p "$state/master.key" "$backup.new/"

rm -rf "$backup.old"
[ ! -e "$backup" ] || mv "$backup" "$backup.old"
mv "$backup.new" "$backup"
rm -rf "$backup.old"
