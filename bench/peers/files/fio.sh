#!/bin/sh
# P12 with fio's io_uring engine: PROGRAM ROW PARAMETER THREADS. It has no copy.
set -e
row=${1#P12/}
share=$(($2 / $3)) # operations a thread
files="--bs=4k --filesize=4k --nrfiles=$share --openfiles=32 --file_service_type=sequential"
case $row in
  small) job="--rw=read $files" ;;
  small_write) job="--rw=write $files --create_on_open=1 --fallocate=none" ;;
  random) job="--rw=randread --bs=4k --size=256m --io_size=$((share * 4))k --filename=large" ;;
  random_direct) job="--rw=randread --bs=4k --size=256m --io_size=$((share * 4))k --filename=large --direct=1" ;;
  *) exit 3 ;;
esac
folder=$(mktemp -d "${TMPDIR:-/tmp}/weft-bench-files-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
case $row in
  random*) head -c 268435456 /dev/zero > large && sync large ;;
esac
# gtod_reduce: without a look at the clock for each operation. Started twice: what it makes first is then there.
# shellcheck disable=SC2086
work() {
  fio --name=p12 --ioengine=io_uring --iodepth=32 --iodepth_batch_submit=8 --thread --numjobs="$1" --group_reporting \
    --gtod_reduce=1 --invalidate=0 --norandommap --output-format=json $job
}
if [ "$row" = small ]; then
  work "$3" > /dev/null
fi
work "$3" | python3 -c '
import json, sys
text = sys.stdin.read()
told = json.loads(text[text.index("{"):])
job = told["jobs"][0]
side = job["write" if sys.argv[1] == "small_write" else "read"]
asked = int(sys.argv[2]) * int(sys.argv[3])
if side["total_ios"] != asked:
    sys.exit("fio: %d operations of %d" % (side["total_ios"], asked))
us = side["total_ios"] / side["iops"] * 1e6
print("duration: %.0f us" % us)
print("cpu: %.0f us" % (job["job_runtime"] * 10 * (job["usr_cpu"] + job["sys_cpu"])))
print("version:", told["fio version"])
' "$row" "$share" "$3"
